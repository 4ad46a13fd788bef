import { AppError } from '../http/mod.ts'
import { importLimits } from './limits.ts'

/** How CSV text is cut into cells. */
export interface CsvDialect {
  /** One character. */
  readonly delimiter: string
  /** `\n` stands for `\r\n` too. */
  readonly lineEnd: '\n' | '\r'
}

/** Records of a piece of text. */
export interface CsvRecords {
  /** A blank line is a record of one empty cell. */
  readonly records: string[][]
  /** Where in the text the first record begins that is not among them. */
  readonly end: number
}

/**
 * Reads the records that a piece of CSV holds completely, after RFC 4180 and as spreadsheets write it: quotes count only
 * at the beginning of a cell, and what follows a closing quote belongs to the cell.
 *
 * Lines without quotes, most of them, are cut by the engine's own `indexOf` and `split`; only others are read character
 * by character.
 *
 * @param options.isLast whether the file ends with this text: a last record then needs no line end
 * @param options.mostRecords stops after so many
 * @param options.firstNumber number of the first record, for errors
 * @throws {AppError} 422 `import_quote_not_closed`, `import_record_too_long`, `import_too_many_columns`
 */
export function parseCsv(
  text: string,
  { delimiter, lineEnd }: CsvDialect,
  options: { isLast: boolean; mostRecords?: number; firstNumber?: number },
): CsvRecords {
  const { isLast, mostRecords = Number.POSITIVE_INFINITY, firstNumber = 1 } = options
  const records: string[][] = []
  let at = 0
  let quote = text.indexOf('"')
  while (at < text.length && records.length < mostRecords) {
    if (quote !== -1 && quote < at) quote = text.indexOf('"', at)
    let end = text.indexOf(lineEnd, at)
    if (quote !== -1 && (end === -1 || quote < end)) {
      const record = readQuoted(text, at, delimiter, lineEnd, isLast)
      if (record === null) break
      records.push(checked(record.cells, firstNumber + records.length))
      at = record.end
      continue
    }
    if (end === -1) {
      if (!isLast) break
      end = text.length
    }
    const last = lineEnd === '\n' && end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end
    records.push(checked(text.slice(at, last).split(delimiter), firstNumber + records.length))
    at = end + 1
  }
  const end = Math.min(at, text.length)
  if (records.length < mostRecords && end < text.length) refuseUnended(text, end, isLast, firstNumber + records.length)
  return { records, end }
}

/** @returns null when the record does not end in this text */
function readQuoted(text: string, start: number, delimiter: string, lineEnd: string, isLast: boolean) {
  const cells: string[] = []
  let at = start
  for (;;) {
    let cell = ''
    if (text.charCodeAt(at) === 34) {
      at += 1
      for (;;) {
        const close = text.indexOf('"', at)
        // A quote at the very end may be the first half of a doubled one.
        if (close === -1 || (close === text.length - 1 && !isLast)) return null
        cell += text.slice(at, close)
        at = close + 1
        if (text.charCodeAt(at) !== 34) break
        cell += '"'
        at += 1
      }
    }
    const nextDelimiter = text.indexOf(delimiter, at)
    const nextLine = text.indexOf(lineEnd, at)
    if (nextLine === -1 && nextDelimiter === -1 && !isLast) return null
    const isCellEnd = nextDelimiter !== -1 && (nextLine === -1 || nextDelimiter < nextLine)
    if (isCellEnd) {
      cells.push(cell + text.slice(at, nextDelimiter))
      at = nextDelimiter + 1
      continue
    }
    if (nextLine === -1 && !isLast) return null
    const end = nextLine === -1 ? text.length : nextLine
    const last = lineEnd === '\n' && end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end
    cells.push(cell + text.slice(at, last))
    return { cells, end: end + 1 }
  }
}

function checked(cells: string[], number: number): string[] {
  if (cells.length > importLimits.columns) {
    throw new AppError(
      422,
      'import_too_many_columns',
      `Cannot read file: row ${number} has more than ${importLimits.columns} columns`,
      { hint: 'Leave out columns that are not needed, or name the right delimiter' },
    )
  }
  return cells
}

function refuseUnended(text: string, at: number, isLast: boolean, number: number): void {
  if (isLast) {
    throw new AppError(422, 'import_quote_not_closed', `Cannot read file: a quote of row ${number} is not closed`, {
      hint: 'The file may have been cut off: export it again',
    })
  }
  if (text.length - at > importLimits.recordLength) {
    throw new AppError(
      422,
      'import_record_too_long',
      `Cannot read file: row ${number} has more than ${importLimits.recordLength} characters`,
      { hint: 'A quote may not be closed in this row, or the file is no CSV' },
    )
  }
}
