import { z } from 'zod'
import type { CsvDialect } from './parse_csv.ts'
import { parseCsv } from './parse_csv.ts'
import { fileDecoder, findEncoding, type ImportEncoding, importEncodings } from './text_encoding.ts'

/** Characters that part cells. */
export const importDelimiters = [',', ';', '\t', '|'] as const

/** What people may say about their file where the guess is wrong. */
export const formatChoiceSchema = z.strictObject({
  encoding: z.enum(importEncodings).optional(),
  delimiter: z.enum(importDelimiters).optional(),
  has_header: z.boolean().optional(),
  sheet: z.string().max(100).optional(),
})
/** What people said about their file. */
export type FormatChoice = z.infer<typeof formatChoiceSchema>

/** How a CSV file is read. */
export interface CsvFormat extends CsvDialect {
  readonly encoding: ImportEncoding
  /** First byte of text. */
  readonly start: number
}

const sampleRecords = 50

/**
 * Finds encoding, delimiter and line ends from the beginning of a file. The delimiter is the one that cuts the first
 * records into equally many cells, and most of them; a line `sep=;` of Excel names it.
 *
 * @param bytes the beginning, some ten thousand bytes
 * @param isWhole whether that is all
 * @throws {AppError} 422 for what is no CSV
 */
export function detectCsv(bytes: Uint8Array, isWhole: boolean, choice: FormatChoice = {}): CsvFormat {
  const found = findEncoding(bytes)
  const encoding = choice.encoding ?? found.encoding
  const markBytes = encoding === found.encoding ? found.markBytes : 0
  const decoder = fileDecoder(encoding)
  const text = decoder.decode(bytes.subarray(markBytes), isWhole)
  const lineEnd = lineEndOf(text)
  const [line = '', delimiter] = /^sep=(.)(?:\r\n|\r|\n)/.exec(text) ?? []
  const named = importDelimiters.find((one) => one === delimiter)
  const body = text.slice(line.length)
  return {
    encoding,
    start: markBytes + decoder.byteLength(line),
    lineEnd,
    delimiter: choice.delimiter ?? named ?? bestDelimiter(body, lineEnd, isWhole),
  }
}

/** What ends lines outside of quotes. */
function lineEndOf(text: string): '\n' | '\r' {
  let isQuoted = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 34) isQuoted = !isQuoted
    else if (!isQuoted && code === 10) return '\n'
    else if (!isQuoted && code === 13 && at + 1 < text.length) return text.charCodeAt(at + 1) === 10 ? '\n' : '\r'
  }
  return '\n'
}

function bestDelimiter(text: string, lineEnd: '\n' | '\r', isWhole: boolean): string {
  let best = { delimiter: ',', score: 0 }
  for (const delimiter of importDelimiters) {
    const score = scoreOf(text, { delimiter, lineEnd }, isWhole)
    if (score > best.score) best = { delimiter, score }
  }
  return best.delimiter
}

/** More cells are better, and records with another number of cells than the first one are worse. */
function scoreOf(text: string, dialect: CsvDialect, isWhole: boolean): number {
  try {
    const { records } = parseCsv(text, dialect, { isLast: isWhole, mostRecords: sampleRecords })
    const filled = records.filter((cells) => cells.length > 1 || cells[0] !== '')
    const width = filled[0]?.length ?? 1
    if (width < 2) return 0
    const same = filled.filter((cells) => cells.length === width).length / filled.length
    return same * same * (1 + Math.log(width))
  } catch {
    return 0
  }
}

/** Whether the first record names the columns: short texts, none twice, and none that looks like a value. */
export function looksLikeHeader(records: readonly (readonly string[])[]): boolean {
  const [first, ...others] = records
  if (!first) return false
  const cells = first.map((cell) => cell.trim().toLowerCase()).filter((cell) => cell !== '')
  if (cells.length === 0 || new Set(cells).size !== cells.length) return false
  if (cells.some((cell) => cell.length > 100 || looksLikeValue(cell))) return false
  // A list of names only: the first one is a header when the others look otherwise, or there is nothing to compare.
  return others.length === 0 || cells.length > 1 || first.length > 1 || !others.some(([cell]) => cell === first[0])
}

/** Addresses, numbers, dates, links. */
function looksLikeValue(cell: string): boolean {
  return /^\S+@\S+\.\S+$/.test(cell) || /^[+(]?\d[\d\s().,/:-]*$/.test(cell) || /^https?:\/\//.test(cell)
}
