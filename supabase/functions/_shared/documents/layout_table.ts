import { templateInvalid } from './document_error.ts'
import { alignmentOf, colorOf, type LayoutContext, nothing, plainTextOf } from './layout_inline.ts'
import { documentLimits } from './limits.ts'
import type { MarkupElement } from './markup.ts'
import type { PdfContent, PdfTable, PdfTableLayout } from './pdf_content.ts'

/** Lays out what stands in a cell. */
export type LayoutFlow = (cell: MarkupElement, context: LayoutContext) => PdfContent[]

const padding = 6
const fontSize = 9
/** Average width of a character at this size, in points; enough to share out the width. */
const characterWidth = fontSize * 0.55
const lineHeight = fontSize * 1.45
const narrowest = 34

type Cell = PdfTable['table']['body'][number][number]

interface Row {
  readonly element: MarkupElement
  readonly cells: readonly MarkupElement[]
  readonly part: 'thead' | 'tbody' | 'tfoot'
}

/**
 * Lays out a table: the rows of `thead` stand again on each page, a row is never split between pages unless it is too
 * high for one, and columns share the width by their `width` and their content, so that no table leaves the page.
 *
 * @throws {AppError} 422 `document_template_invalid`
 */
export function layoutTable(table: MarkupElement, context: LayoutContext, layoutFlow: LayoutFlow): PdfContent[] {
  const rows = rowsOf(table)
  const columns = Math.max(0, ...rows.map(({ cells }) => cells.reduce((sum, cell) => sum + spanOf(cell), 0)))
  if (columns === 0) return []
  if (columns > documentLimits.columns) {
    throw templateInvalid(`a table has ${columns} columns, ${documentLimits.columns} fit`)
  }
  const ordered = (['thead', 'tbody', 'tfoot'] as const).flatMap((part) => rows.filter((row) => row.part === part))
  const headerRows = rows.filter(({ part }) => part === 'thead').length
  const widths = shareWidth(ordered, columns, context.width - columns * padding * 2)
  // What is kept on one page and does not fit there is lost, so the estimate is far on the safe side.
  const isKept = !ordered.some((row) => heightOf(row, widths) > context.height * 0.4)
  const content: PdfTable = {
    table: {
      headerRows: isKept ? headerRows : 0,
      // A header alone at the end of a page would be there twice and say nothing.
      keepWithHeaderRows: isKept && headerRows > 0 && ordered.length > headerRows ? 1 : 0,
      dontBreakRows: isKept,
      widths,
      body: ordered.map((row) => layoutRow(row, columns, context, layoutFlow)),
    },
    layout: linesOf(ordered, context.colors.brand),
    fontSize,
    margin: [0, 4, 0, 10],
  }
  return [content]
}

function rowsOf(table: MarkupElement): Row[] {
  return table.children.flatMap((child): Row[] => {
    if (typeof child === 'string') return []
    if (child.tag === 'tr') return [{ element: child, cells: elementsOf(child), part: 'tbody' }]
    const part = child.tag === 'thead' || child.tag === 'tfoot' ? child.tag : 'tbody'
    return elementsOf(child).map((row) => ({ element: row, cells: elementsOf(row), part }))
  })
}

function elementsOf({ children }: MarkupElement): MarkupElement[] {
  return children.flatMap((child) => (typeof child === 'string' ? [] : [child]))
}

function spanOf({ attributes }: MarkupElement): number {
  return Number(attributes.colspan ?? 1)
}

/** Widths in points: those that cells name in percent, the rest by the length of what stands in them. */
function shareWidth(rows: readonly Row[], columns: number, available: number): number[] {
  const named: (number | undefined)[] = Array.from({ length: columns }, () => undefined)
  const wanted = Array.from({ length: columns }, () => narrowest)
  for (const { cells } of rows) {
    let column = 0
    for (const cell of cells) {
      const span = spanOf(cell)
      if (span === 1) {
        const percent = cell.attributes.width
        if (percent) named[column] ??= (Number.parseInt(percent, 10) / 100) * available
        const length = Math.min(plainTextOf(cell.children).length, 40)
        wanted[column] = Math.max(wanted[column] ?? 0, length * characterWidth)
      }
      column += span
    }
  }
  const taken = named.reduce<number>((sum, width) => sum + (width ?? 0), 0)
  const free = Math.max(available - taken, 0)
  const wish = wanted.reduce((sum, width, column) => sum + (named[column] === undefined ? width : 0), 0)
  const widths = wanted.map((width, column) => named[column] ?? (width / wish) * free)
  // A column without room would write one letter in each line.
  const raised = widths.map((width) => Math.max(width, Math.min(narrowest, available / columns)))
  const excess = raised.reduce((sum, width) => sum + width, 0) / available
  return raised.map((width) => width / excess)
}

function heightOf({ cells }: Row, widths: readonly number[]): number {
  let column = 0
  let lines = 1
  for (const cell of cells) {
    const width = widths.slice(column, column + spanOf(cell)).reduce((sum, part) => sum + part, 0)
    const written = cell.classes.has('lines') ? textLines(cell) : 1
    lines = Math.max(lines, written + (plainTextOf(cell.children).length * characterWidth * 1.2) / width)
    column += spanOf(cell)
  }
  return lines * lineHeight
}

function textLines({ children }: MarkupElement): number {
  return children.reduce((sum, child) => sum + (typeof child === 'string' ? child.split('\n').length : 1), 0)
}

function layoutRow(row: Row, columns: number, context: LayoutContext, layoutFlow: LayoutFlow): Cell[] {
  const cells: Cell[] = []
  for (const cell of row.cells) {
    const isHead = row.part === 'thead'
    const span = Math.min(spanOf(cell), columns - cells.length)
    const color = isHead ? context.colors.onBrand : colorOf(cell.classes, context.colors.brand)
    cells.push({
      stack: layoutFlow(cell, context),
      ...alignmentOf(cell.classes),
      ...(isHead ? { fillColor: context.colors.brand } : {}),
      ...(row.part === 'tfoot' ? { fillColor: context.colors.brandGround } : {}),
      ...(color ? { color } : {}),
      ...(cell.tag === 'th' || row.part !== 'tbody' ? { bold: true } : {}),
      ...(span > 1 ? { colSpan: span } : {}),
    })
    // The layout engine wants a cell for each column that another one covers.
    for (let covered = 1; covered < span; covered++) cells.push({})
  }
  while (cells.length < columns) cells.push(nothing)
  return cells
}

function linesOf(rows: readonly Row[], brand: string): PdfTableLayout {
  const headerRows = rows.filter(({ part }) => part === 'thead').length
  return {
    hLineWidth: (line) => (line === 0 ? 0 : line === headerRows ? 0 : 0.5),
    hLineColor: (line) => (line === rows.length ? brand : '#d5d8dd'),
    vLineWidth: () => 0,
    paddingLeft: () => padding,
    paddingRight: () => padding,
    paddingTop: () => 4,
    paddingBottom: () => 4,
  }
}
