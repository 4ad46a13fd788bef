/** A field of an import type, as far as columns are found by it. */
export interface NamedField {
  readonly name: string
  readonly label: string
  readonly synonyms: readonly string[]
  /** Whether a value of the sample looks like one of this field, where that tells something. */
  readonly isTypical?: (value: string) => boolean
}

/** A column that is thought to be a field. */
export interface MappingSuggestion {
  readonly field: string
  /** Index of the column, from 0. */
  readonly column: number
  /** 1 for the same name, less for a similar one. */
  readonly score: number
}

const leastSimilarity = 0.4
/** What the content alone is worth: more than a similar name, less than the same. */
const contentScore = 0.85

/**
 * Finds which column is which field: by name, label and synonyms, by similar ones, and by what stands in the column. Each
 * column and each field is used once, the surest pair first.
 *
 * @param header texts of the columns; empty where the file has none
 * @param sample first rows
 */
export function suggestMapping(
  fields: readonly NamedField[],
  header: readonly string[],
  sample: readonly (readonly string[])[],
): MappingSuggestion[] {
  const width = Math.max(header.length, ...sample.map((row) => row.length), 0)
  const pairs: MappingSuggestion[] = []
  for (const field of fields) {
    const names = [field.name, field.label, ...field.synonyms].map(plain)
    for (let column = 0; column < width; column += 1) {
      const byName = nameScore(names, plain(header[column] ?? ''))
      const byContent = isTypicalColumn(field, sample, column) ? contentScore : 0
      const score = Math.max(byName, byContent)
      if (score >= leastSimilarity) pairs.push({ field: field.name, column, score: Math.round(score * 100) / 100 })
    }
  }
  const taken: MappingSuggestion[] = []
  for (const pair of pairs.toSorted((a, b) => b.score - a.score || a.column - b.column)) {
    if (!taken.some(({ field, column }) => field === pair.field || column === pair.column)) taken.push(pair)
  }
  return taken
}

function nameScore(names: readonly string[], header: string): number {
  if (header === '') return 0
  if (names.includes(header)) return 1
  return Math.max(...names.map((name) => similarity(name, header))) * 0.99
}

function isTypicalColumn(field: NamedField, sample: readonly (readonly string[])[], column: number): boolean {
  const { isTypical } = field
  if (!isTypical) return false
  const values = sample.map((row) => row[column]?.trim() ?? '').filter((value) => value !== '')
  return values.length > 0 && values.filter(isTypical).length >= values.length * 0.8
}

/** Lower case, no accents, words of letters and digits: `E-Mail Address*` is `e mail address`. */
const plain = (text: string) =>
  text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** Shared groups of three letters among all of both, as Postgres's pg_trgm counts; 1 for the same words. */
export function similarity(a: string, b: string): number {
  const [left, right] = [trigrams(a), trigrams(b)]
  let shared = 0
  for (const one of left) if (right.has(one)) shared += 1
  const all = left.size + right.size - shared
  return all === 0 ? 0 : shared / all
}

function trigrams(text: string): Set<string> {
  const found = new Set<string>()
  for (const word of text.toLowerCase().split(/[^\p{L}\p{N}]+/u)) {
    if (word === '') continue
    const padded = `  ${word} `
    for (let at = 0; at + 3 <= padded.length; at += 1) found.add(padded.slice(at, at + 3))
  }
  return found
}
