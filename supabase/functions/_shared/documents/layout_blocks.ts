import { templateInvalid } from './document_error.ts'
import { alignmentOf, colorOf, type LayoutContext, layoutInline, nothing, plainTextOf } from './layout_inline.ts'
import { layoutTable } from './layout_table.ts'
import type { MarkupElement, MarkupNode } from './markup.ts'
import type { PdfContent, PdfStack, PdfText } from './pdf_content.ts'

const headings = {
  h1: { fontSize: 20, margin: [0, 2, 0, 8] },
  h2: { fontSize: 13, margin: [0, 12, 0, 4] },
  h3: { fontSize: 10.5, margin: [0, 8, 0, 3] },
} as const

/** Characters of the longest section that class `keep` keeps on one page. */
const longestKept = 1_200

/** What the layout engine is asked not to leave alone at the end of a page. */
export const headingStyle = 'heading'

/**
 * Lays out blocks of markup for the layout engine.
 *
 * @throws {AppError} 422 `document_template_invalid`, for an image that is not there
 */
export function layoutBlocks(nodes: readonly MarkupNode[], context: LayoutContext): PdfContent[] {
  return nodes.flatMap((node) => (typeof node === 'string' ? [] : layoutBlock(node, context)))
}

function layoutBlock(element: MarkupElement, context: LayoutContext): PdfContent[] {
  switch (element.tag) {
    case 'h1':
    case 'h2':
    case 'h3':
      return [layoutHeading(element.tag, element, context)]
    case 'p':
      return [layoutParagraph(element, context)]
    case 'ul':
      return [{ ul: listItems(element, context), margin: [0, 2, 0, 6] }]
    case 'ol':
      return [{ ol: listItems(element, context), start: Number(element.attributes.start ?? 1), margin: [0, 2, 0, 6] }]
    case 'table':
      return layoutTable(element, context, layoutFlow)
    case 'dl':
      return [layoutDefinitions(element, context)]
    case 'hr':
      return [rule(context)]
    case 'img':
      return [layoutImage(element, context)]
    case 'section':
      return [layoutSection(element, context)]
    case 'page-break':
      return [{ text: '', pageBreak: 'after' }]
    default:
      return []
  }
}

function layoutHeading(level: keyof typeof headings, element: MarkupElement, context: LayoutContext): PdfContent {
  const { fontSize, margin } = headings[level]
  return {
    text: layoutInline(element.children, context),
    bold: true,
    fontSize,
    color: colorOf(element.classes, context.colors.brand) ?? context.colors.brand,
    margin: [...margin],
    style: headingStyle,
    ...alignmentOf(element.classes),
  }
}

function layoutParagraph(element: MarkupElement, context: LayoutContext): PdfText {
  const color = colorOf(element.classes, context.colors.brand)
  return {
    text: layoutInline(element.children, context, element.classes.has('lines')),
    margin: [0, 0, 0, 7],
    ...(color ? { color } : {}),
    ...alignmentOf(element.classes),
  }
}

/** Content of a cell or list item: text and blocks beside each other, each stretch of text being one paragraph. */
function layoutFlow(element: MarkupElement, context: LayoutContext): PdfContent[] {
  const flow: PdfContent[] = []
  let stretch: MarkupNode[] = []
  const endStretch = () => {
    const text = layoutInline(stretch, context, element.classes.has('lines'))
    if (text.length > 0) flow.push({ text })
    stretch = []
  }
  for (const child of element.children) {
    if (typeof child !== 'string' && ['p', 'ul', 'ol', 'img'].includes(child.tag)) {
      endStretch()
      flow.push(...layoutBlock(child, context))
    } else {
      stretch.push(child)
    }
  }
  endStretch()
  return flow.length > 0 ? flow : [nothing]
}

function listItems(list: MarkupElement, context: LayoutContext): PdfStack[] {
  return list.children.flatMap((item) =>
    typeof item === 'string' ? [] : [{ stack: layoutFlow(item, context), margin: [0, 0, 0, 2] }],
  )
}

/** Names beside their values. */
function layoutDefinitions(list: MarkupElement, context: LayoutContext): PdfContent {
  const body: PdfContent[][] = []
  for (const child of list.children) {
    if (typeof child === 'string') continue
    const color = colorOf(child.classes, context.colors.brand)
    const text = layoutInline(child.children, context, child.classes.has('lines'))
    if (child.tag === 'dt') body.push([{ text, color: color ?? '#595f69' }, nothing])
    else if (body.length === 0) throw templateInvalid('<dd> must follow <dt>')
    else body[body.length - 1]?.splice(1, 1, { text, ...(color ? { color } : {}) })
  }
  if (body.length === 0) return nothing
  return {
    table: { widths: [context.width * 0.3, context.width * 0.7 - 8], dontBreakRows: true, body },
    layout: {
      hLineWidth: () => 0,
      vLineWidth: () => 0,
      paddingLeft: (column) => (column === 0 ? 0 : 8),
      paddingRight: () => 0,
      paddingTop: () => 1.5,
      paddingBottom: () => 1.5,
    },
    margin: [0, 2, 0, 8],
  }
}

function layoutImage({ attributes, classes }: MarkupElement, context: LayoutContext): PdfContent {
  const name = attributes.src ?? ''
  const size = context.images.get(name)
  // A document without its logo is still one; the name of any other image was written by who wants it.
  if (!size && name === 'logo') return nothing
  if (!size) throw templateInvalid(`there is no image "${name}"`)
  const width = Math.min(Number(attributes.width ?? size.width * 0.75), context.width)
  return { image: name, fit: [width, context.height * 0.6], margin: [0, 2, 0, 8], ...alignmentOf(classes) }
}

function layoutSection(element: MarkupElement, context: LayoutContext): PdfContent {
  const isBox = element.classes.has('box')
  // What is higher than a page would be cut off if it were kept together.
  const isKept = element.classes.has('keep') && plainTextOf(element.children).length < longestKept
  const inner = isBox ? { ...context, width: context.width - 24 } : context
  const stack: PdfStack = { stack: layoutBlocks(element.children, inner) }
  if (!isBox) return { ...stack, unbreakable: isKept }
  return {
    table: { widths: [inner.width], body: [[{ ...stack, fillColor: context.colors.brandGround }]] },
    layout: {
      hLineWidth: () => 0,
      vLineWidth: (line) => (line === 0 ? 3 : 0),
      vLineColor: () => context.colors.brand,
      paddingLeft: () => 11,
      paddingRight: () => 10,
      paddingTop: () => 8,
      paddingBottom: () => 2,
    },
    unbreakable: isKept,
    margin: [0, 4, 0, 10],
  }
}

function rule({ width }: LayoutContext): PdfContent {
  return {
    canvas: [{ type: 'line', x1: 0, y1: 0, x2: width, y2: 0, lineWidth: 0.5, lineColor: '#d5d8dd' }],
    margin: [0, 4, 0, 8],
  }
}
