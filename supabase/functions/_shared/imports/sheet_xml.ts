import { AppError } from '../http/mod.ts'
import { importLimits } from './limits.ts'

/** A cell whose text stands elsewhere. */
export interface SharedCell {
  readonly cells: string[]
  readonly column: number
  /** Number of the text. */
  readonly text: number
}

/** A row of a sheet as it is parsed. */
export interface ParsedRow {
  readonly number: number
  readonly cells: string[]
}

/** How numbers of a workbook are shown. */
export interface NumberStyles {
  /** By the style of a cell: whether its number is a day or time. */
  readonly isDate: readonly boolean[]
  /** Days begin in 1904 instead of 1900, as on old Macs. */
  readonly is1904: boolean
}

/** What a piece of a sheet held. */
export interface ParsedSheet {
  readonly rows: ParsedRow[]
  readonly shared: SharedCell[]
  /** Where in the text the first row begins that is not among them. */
  readonly end: number
  /** Whether the rows of the sheet are at their end. */
  readonly isDone: boolean
}

/**
 * Reads the rows that a piece of a sheet's XML holds completely. Only what spreadsheets write is looked for, by plain
 * search: nothing is expanded, resolved or loaded, and formulas are passed over for the value that they last had.
 *
 * @param prefix of the elements, such as `x:`; mostly empty
 * @param afterRow number of the row before
 * @throws {AppError} 422 `import_record_too_long`, `import_too_many_columns`
 */
export function parseSheet(
  text: string,
  options: { prefix: string; afterRow: number; styles: NumberStyles; mostRows: number },
): ParsedSheet {
  const { prefix, styles, mostRows } = options
  const rowTag = `<${prefix}row`
  const rowEnd = `</${prefix}row>`
  const sheetEnd = `</${prefix}sheetData>`
  const rows: ParsedRow[] = []
  const shared: SharedCell[] = []
  let number = options.afterRow
  let at = 0
  let end = 0
  while (rows.length < mostRows) {
    const start = text.indexOf(rowTag, at)
    if (start === -1) {
      const isDone = text.indexOf(sheetEnd, at) !== -1
      // What was looked at need not be kept, but for the beginning of a tag.
      return { rows, shared, end: isDone ? text.length : Math.max(end, wholeBefore(text, text.length - 100)), isDone }
    }
    if (!isTagEnd(text.charCodeAt(start + rowTag.length))) {
      if (start + rowTag.length >= text.length) break
      at = start + rowTag.length
      continue
    }
    const close = text.indexOf('>', start)
    if (close === -1) break
    const isEmpty = text.charCodeAt(close - 1) === 47
    const stop = isEmpty ? close : text.indexOf(rowEnd, close)
    if (stop === -1) {
      refuseLong(text.length - start, number + 1)
      break
    }
    const said = Number(attribute(text.slice(start, close), 'r'))
    number = Number.isSafeInteger(said) && said > number && said < 2 ** 31 ? said : number + 1
    const cells = isEmpty ? [] : parseCells(text.slice(close + 1, stop), prefix, styles, shared, number)
    rows.push({ number, cells })
    at = isEmpty ? close + 1 : stop + rowEnd.length
    end = at
  }
  return { rows, shared, end, isDone: false }
}

function parseCells(body: string, prefix: string, styles: NumberStyles, shared: SharedCell[], row: number): string[] {
  const cells: string[] = []
  const cellTag = `<${prefix}c`
  const cellEnd = `</${prefix}c>`
  let column = -1
  let at = 0
  for (;;) {
    const start = body.indexOf(cellTag, at)
    if (start === -1) return cells
    if (!isTagEnd(body.charCodeAt(start + cellTag.length))) {
      at = start + cellTag.length
      continue
    }
    const close = body.indexOf('>', start)
    if (close === -1) return cells
    const tag = body.slice(start, close)
    const isEmpty = body.charCodeAt(close - 1) === 47
    const stop = isEmpty ? close : body.indexOf(cellEnd, close)
    column = columnOf(attribute(tag, 'r')) ?? column + 1
    at = isEmpty || stop === -1 ? close + 1 : stop + cellEnd.length
    if (isEmpty || stop === -1) continue
    if (column >= importLimits.columns) {
      throw new AppError(
        422,
        'import_too_many_columns',
        `Cannot read file: row ${row} has more than ${importLimits.columns} columns`,
        { hint: 'Leave out columns that are not needed' },
      )
    }
    while (cells.length <= column) cells.push('')
    const content = body.slice(close + 1, stop)
    const kind = attribute(tag, 't')
    if (kind === 's') shared.push({ cells, column, text: Number(cellValue(content, prefix)) })
    else cells[column] = cellText(content, kind, prefix, attribute(tag, 's'), styles)
  }
}

function cellText(content: string, kind: string, prefix: string, style: string, styles: NumberStyles): string {
  if (kind === 'inlineStr') return richText(content, prefix)
  const value = cellValue(content, prefix)
  if (kind === 'b') return value === '1' ? 'TRUE' : 'FALSE'
  if (kind === 'str' || kind === 'e' || kind === 'd') return unescapeXml(value)
  if (value === '') return ''
  const number = Number(value)
  if (!Number.isFinite(number)) return unescapeXml(value)
  if (style !== '' && styles.isDate[Number(style)] === true) return dateText(number, styles.is1904)
  // As many digits as spreadsheets show: 0.1 + 0.2 is 0.3 there.
  return plainNumber(Number(number.toPrecision(15)))
}

/** Telephone numbers are often kept as numbers: never with an exponent. */
const plainNumber = (number: number) =>
  Number.isInteger(number) && Math.abs(number) < 1e21 ? BigInt(number).toString() : String(number)

/** `2026-01-31`, `2026-01-31T09:30:00` or `09:30:00`, for days since the beginning of the calendar of spreadsheets. */
function dateText(serial: number, is1904: boolean): string {
  const days = is1904 ? serial + 1462 : serial
  const milliseconds = Math.round((days - 25_569) * 86_400) * 1000
  if (!(days >= 0 && days < 2_958_466)) return String(serial)
  const text = new Date(milliseconds).toISOString()
  if (days < 1) return text.slice(11, 19)
  return Number.isInteger(serial) ? text.slice(0, 10) : text.slice(0, 19)
}

/** Content of `<v>`. */
function cellValue(content: string, prefix: string): string {
  const start = content.indexOf(`<${prefix}v`)
  if (start === -1) return ''
  const open = content.indexOf('>', start)
  const stop = content.indexOf(`</${prefix}v>`, open)
  return open === -1 || stop === -1 ? '' : content.slice(open + 1, stop)
}

/** All texts of a string with formatted parts, without what is written above them to tell how it is read aloud. */
export function richText(content: string, prefix: string): string {
  const body = content.includes(`<${prefix}rPh`)
    ? content.replace(new RegExp(`<${prefix}rPh[\\s\\S]*?</${prefix}rPh>`, 'g'), '')
    : content
  const tag = `<${prefix}t`
  const stop = `</${prefix}t>`
  let text = ''
  for (let at = body.indexOf(tag); at !== -1; at = body.indexOf(tag, at + 1)) {
    const open = body.indexOf('>', at)
    if (open === -1 || !isTagEnd(body.charCodeAt(at + tag.length)) || body.charCodeAt(open - 1) === 47) continue
    const end = body.indexOf(stop, open)
    if (end === -1) break
    text += unescapeXml(body.slice(open + 1, end))
  }
  return text
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Text of XML, and of `_x000D_`, by which workbooks write characters that XML does not have. */
export function unescapeXml(text: string): string {
  const plain = text.includes('&')
    ? text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g, (whole, decimal, hex, name) => {
        if (name) return entities[name] ?? whole
        const code = decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16)
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole
      })
    : text
  return plain.includes('_x')
    ? plain.replace(/_x([0-9A-Fa-f]{4})_/g, (_whole, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    : plain
}

/** Value of an attribute of a tag; empty for none. */
export function attribute(tag: string, name: string): string {
  const start = tag.indexOf(` ${name}="`)
  if (start === -1) {
    // As no spreadsheet writes it, but XML may be: only then is the slow way worth going.
    if (!/['\n\r\t]| = |= /.test(tag)) return ''
    return new RegExp(`\\s${name}\\s*=\\s*(["'])(.*?)\\1`).exec(tag)?.[2] ?? ''
  }
  const from = start + name.length + 3
  const stop = tag.indexOf('"', from)
  return stop === -1 ? '' : tag.slice(from, stop)
}

/** 0 for `A7`, 27 for `AB1`; null for nothing. */
function columnOf(reference: string): number | null {
  let column = 0
  for (let at = 0; at < reference.length; at += 1) {
    const code = reference.charCodeAt(at)
    if (code < 65 || code > 90) break
    column = column * 26 + code - 64
  }
  return column === 0 ? null : column - 1
}

/** A place that does not part the two halves of a character. */
const wholeBefore = (text: string, at: number) => ((text.charCodeAt(at) & 0xfc00) === 0xdc00 ? at - 1 : at)

const isTagEnd = (code: number) => code === 32 || code === 62 || code === 47 || code === 10 || code === 13 || code === 9

function refuseLong(length: number, row: number): void {
  if (length <= importLimits.recordLength * 4) return
  throw new AppError(
    422,
    'import_record_too_long',
    `Cannot read file: row ${row} has more than ${importLimits.recordLength} characters`,
    { hint: 'Leave out columns that are not needed' },
  )
}
