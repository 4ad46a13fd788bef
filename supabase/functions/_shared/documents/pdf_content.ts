/** Points: left, top, right, bottom. */
type Margin = [number, number, number, number]

/** What any content may say. */
export interface PdfStyle {
  margin?: Margin
  alignment?: 'left' | 'center' | 'right'
  bold?: boolean
  italics?: boolean
  decoration?: 'underline'
  fontSize?: number
  color?: string
  fillColor?: string
  link?: string
  style?: string
  width?: number | '*'
  colSpan?: number
  unbreakable?: boolean
  pageBreak?: 'after'
}

/** Text: one string, or stretches of it with styles of their own. */
export interface PdfText extends PdfStyle {
  text: string | PdfText[]
}

/** Contents below each other. */
export interface PdfStack extends PdfStyle {
  stack: PdfContent[]
}

/** A line from one point to another, from the left upper corner of the content. */
interface PdfLine {
  type: 'line'
  x1: number
  y1: number
  x2: number
  y2: number
  lineWidth: number
  lineColor: string
}

/** Lines and room between the cells of a table; lines are counted from 0. */
export interface PdfTableLayout {
  hLineWidth(line: number): number
  vLineWidth(line: number): number
  hLineColor?(line: number): string
  vLineColor?(line: number): string
  paddingLeft(column: number): number
  paddingRight(column: number): number
  paddingTop(row: number): number
  paddingBottom(row: number): number
}

/** A table; a cell that another one covers is `{}`. */
export interface PdfTable extends PdfStyle {
  table: {
    widths: number[]
    body: (PdfContent | Record<string, never>)[][]
    headerRows?: number
    keepWithHeaderRows?: number
    dontBreakRows?: boolean
  }
  layout: PdfTableLayout
}

/** The part of pdfmake's document definition that documents use. */
export type PdfContent =
  | PdfText
  | PdfStack
  | PdfTable
  | (PdfStyle & { columns: PdfContent[]; columnGap: number })
  | (PdfStyle & { ul: PdfContent[] })
  | (PdfStyle & { ol: PdfContent[]; start: number })
  | (PdfStyle & { image: string; fit: [number, number] })
  | (PdfStyle & { canvas: PdfLine[] })

/** What stands above or below each page. */
type PageContent = (page: number, count: number) => PdfContent

/** The part of pdfmake's document definition that documents use. */
export interface PdfDefinition {
  content: PdfContent[]
  /** The same on each page. */
  header: PdfContent
  footer: PageContent
  pageSize: 'A4' | 'LETTER'
  pageOrientation: 'portrait' | 'landscape'
  pageMargins: Margin
  defaultStyle: { font: string; fontSize: number; lineHeight: number; color: string }
  /** Data addresses by name. */
  images: Record<string, string>
  pageBreakBefore(
    node: { style?: unknown },
    nodes: { getFollowingNodesOnPage(): unknown[]; getNodesOnNextPage(): unknown[] },
  ): boolean
  info: { title: string; author: string; creator: string; producer: string; creationDate: Date }
  language: string
  displayTitle: boolean
  version: '1.7'
}
