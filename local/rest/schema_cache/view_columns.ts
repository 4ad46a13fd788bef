/** A column of a view and the column it shows: relation (oid) and number. */
export interface ViewColumn {
  readonly number: number
  readonly relation: string
  readonly column: number
}

/**
 * Finds out of a stored view's parse tree which columns are plain columns of other relations.
 *
 * The tree is written as nested `{NODE :field value ...}` and `(...)`. Only the target list of the outermost query
 * counts: target lists of subqueries are nested deeper.
 */
export function viewColumns(tree: string): ViewColumn[] {
  const list = outermostTargetList(tree)
  const columns: ViewColumn[] = []
  for (const entry of list.matchAll(/ :resno (\d+) .*? :resorigtbl (\d+) :resorigcol (\d+)/gs)) {
    const [, number, relation, column] = entry
    if (relation === undefined || relation === '0') continue
    columns.push({ number: Number(number), relation, column: Number(column) })
  }
  return columns
}

function outermostTargetList(tree: string): string {
  // Depth 1 is the list of queries, depth 2 the query, depth 3 its lists and nodes, and so on.
  let depth = 0
  let start = -1
  let flat = ''
  for (let i = 0; i < tree.length; i++) {
    const char = tree[i]
    if (char === '\\') {
      i++
    } else if (char === '{' || char === '(') {
      depth++
      if (start < 0 && depth === 3 && char === '(' && tree.slice(i - 13, i) === ' :targetList ') start = i
    } else if (char === '}' || char === ')') {
      depth--
      if (start >= 0 && depth === 2) return flat
    } else if (start >= 0 && depth === 4) {
      // Only the fields of the entries themselves: nested nodes (with fields of the same names) are left out.
      flat += char
    }
  }
  return flat
}
