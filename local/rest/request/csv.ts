/**
 * Reads CSV whose first line names the columns.
 *
 * @returns one object for each line; the unquoted word NULL becomes null
 * @throws {Error} when the text has no header or a line has another number of fields
 */
export function parseCsv(text: string): Record<string, string | null>[] {
  const [header, ...lines] = readLines(text)
  if (!header || (header.length === 1 && header[0] === '')) throw new Error('not enough input')
  return lines.map((fields) => {
    if (fields.length !== header.length) throw new Error('All lines must have same number of fields')
    return Object.fromEntries(
      header.map((name, index) => [name, fields[index] === 'NULL' ? null : (fields[index] ?? null)]),
    )
  })
}

function readLines(text: string): string[][] {
  const lines: string[][] = []
  let fields: string[] = []
  let at = 0
  while (at < text.length) {
    const [field, next] = readField(text, at)
    fields.push(field)
    at = next
    if (text[at] === ',') {
      at++
      if (at < text.length) continue
      fields.push('')
    }
    if (text[at] === '\r') at++
    if (text[at] === '\n') at++
    if (fields.length > 1 || fields[0] !== '') lines.push(fields)
    fields = []
  }
  return lines
}

function readField(text: string, start: number): [field: string, next: number] {
  if (text[start] !== '"') {
    let end = start
    while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end++
    return [text.slice(start, end), end]
  }
  let field = ''
  let at = start + 1
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) throw new Error('endOfInput: a quoted field is not closed')
    field += text.slice(at, quote)
    if (text[quote + 1] !== '"') return [field, quote + 1]
    field += '"'
    at = quote + 2
  }
}
