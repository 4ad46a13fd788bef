import { cellText, type ExportColumn } from './columns.ts'
import type { TableLayout } from './layout.ts'
import { cellStyles } from './workbook.ts'
import { escapeXml } from './xml.ts'

/** What a cell may hold in Excel; of more it says that the file is damaged. */
const mostCharacters = 32_767
const msPerDay = 86_400_000
/** Excel counts days from here, as far as its mistaken 29 February 1900 matters to nobody. */
const dayZero = Date.UTC(1899, 11, 30)
const firstDay = Date.UTC(1900, 2, 1)
/** Digits that a cell keeps of a number. */
const exactNumber = /^-?\d{1,15}$|^-?(?=[\d.]{1,16}$)\d+\.\d+$/

/**
 * One sheet of a workbook (SpreadsheetML). Text stands in the cells as text, so that nothing is ever calculated; numbers
 * and times are typed. The header is bold and stays in view.
 */
export const sheetLayout: TableLayout = {
  head: (columns) =>
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' +
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' +
    `</sheetView></sheetViews><cols><col min="1" max="${columns.length}" width="24" customWidth="1"/></cols><sheetData>` +
    `<row r="1">${columns.map(({ name }, index) => textCell(`${letters(index)}1`, name, cellStyles.header)).join('')}</row>`,
  rows(columns, rows, rowsBefore) {
    const names = columns.map((_column, index) => letters(index))
    return rows
      .map((row, index) => {
        const number = rowsBefore + index + 2
        const cells = columns.map((column, place) => cell(`${names[place]}${number}`, column, row[column.name]))
        return `<row r="${number}">${cells.join('')}</row>`
      })
      .join('')
  },
  tail: '</sheetData></worksheet>',
}

function cell(reference: string, { kind }: ExportColumn, value: unknown): string {
  const text = cellText(value)
  if (text === '') return ''
  if (kind === 'boolean' && typeof value === 'boolean') return `<c r="${reference}" t="b"><v>${value ? 1 : 0}</v></c>`
  if (kind === 'number' && exactNumber.test(text)) return `<c r="${reference}"><v>${text}</v></c>`
  if (kind === 'instant' || kind === 'day') {
    const time = Date.parse(text)
    if (time >= firstDay) return `<c r="${reference}" s="${cellStyles[kind]}"><v>${(time - dayZero) / msPerDay}</v></c>`
  }
  return textCell(reference, text)
}

function textCell(reference: string, text: string, style?: number): string {
  const shown = text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text
  const styled = style === undefined ? '' : ` s="${style}"`
  return `<c r="${reference}"${styled} t="inlineStr"><is><t xml:space="preserve">${escapeXml(shown)}</t></is></c>`
}

/** 0 is A, 25 is Z, 26 is AA. */
function letters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26))
  return index < 26 ? last : `${letters(Math.floor(index / 26) - 1)}${last}`
}
