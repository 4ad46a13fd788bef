import { drawable } from './fonts.ts'
import type { MarkupElement, MarkupNode } from './markup.ts'
import type { PdfContent, PdfStyle, PdfText } from './pdf_content.ts'

/** How a document looks and what was found wrong while it was laid out. */
export interface LayoutContext {
  /** Colours as `#rrggbb`; `brand` is dark enough to be read on white. */
  readonly colors: { readonly brand: string; readonly onBrand: string; readonly brandGround: string }
  /** Points between the margins. */
  readonly width: number
  /** Points between header and footer. */
  readonly height: number
  /** Widths and heights of the images there are, in pixels, by name. */
  readonly images: ReadonlyMap<string, { readonly width: number; readonly height: number }>
  /** Characters that no font has; filled while laying out. */
  readonly missing: Set<string>
}

/** Colours of text, each at least 4.5:1 on white. */
export const tones = { muted: '#595f69', success: '#146c2e', warning: '#8a5a00', danger: '#b3261e' } as const

/** Both scripts in one word: a run is shaped by the rules of its first script, so it is cut where the script changes. */
const mixedWord = /\p{Script=Devanagari}\S*\p{Script=Latin}|\p{Script=Latin}\S*\p{Script=Devanagari}/u
const runs = /\p{Script=Devanagari}(?:\p{Script=Devanagari}|\p{Join_Control}|[\u0964\u0965])*|\P{Script=Devanagari}+/gu

/** Lays out text and inline elements. @param keepsLines whether line breaks of the text are kept, as class `lines` says */
export function layoutInline(nodes: readonly MarkupNode[], context: LayoutContext, keepsLines = false): PdfText[] {
  const pieces = nodes.flatMap((node) => layoutNode(node, {}, context, keepsLines))
  return trimSpaces(pieces)
}

function layoutNode(node: MarkupNode, style: PdfStyle, context: LayoutContext, keepsLines: boolean): PdfText[] {
  if (typeof node === 'string') {
    const text = collapse(drawable(node, context.missing), keepsLines)
    const cut = mixedWord.test(text) ? (text.match(runs) ?? []) : [text]
    return cut.map((run) => ({ ...style, text: run }))
  }
  if (node.tag === 'br') return [{ ...style, text: '\n' }]
  const inner = { ...style, ...styleOf(node, context) }
  return node.children.flatMap((child) => layoutNode(child, inner, context, keepsLines))
}

function styleOf({ tag, classes, attributes }: MarkupElement, { colors }: LayoutContext): PdfStyle {
  const style: PdfStyle = {}
  if (tag === 'strong' || tag === 'b') style.bold = true
  if (tag === 'em' || tag === 'i') style.italics = true
  if (tag === 'u') style.decoration = 'underline'
  if (tag === 'small') style.fontSize = 8
  if (tag === 'a' && attributes.href) {
    style.link = attributes.href
    style.color = colors.brand
    style.decoration = 'underline'
  }
  const color = colorOf(classes, colors.brand)
  if (color) style.color = color
  // A tone says something: it must not hang on colour alone.
  if (color && !classes.has('muted')) style.bold = true
  return style
}

/** The colour that classes name. */
export function colorOf(classes: MarkupElement['classes'], brand: string): string | undefined {
  if (classes.has('brand')) return brand
  const tone = (['muted', 'success', 'warning', 'danger'] as const).find((name) => classes.has(name))
  return tone && tones[tone]
}

/** Where classes put text. */
export function alignmentOf(classes: MarkupElement['classes']): { alignment?: 'center' | 'right' | 'left' } {
  const alignment = (['center', 'right', 'left'] as const).find((name) => classes.has(name))
  return alignment ? { alignment } : {}
}

/** Spaces as HTML has them: any number is one. */
function collapse(text: string, keepsLines: boolean): string {
  return keepsLines ? text.replace(/[ \t]+/g, ' ').replace(/ ?\n ?/g, '\n') : text.replace(/[ \t\n]+/g, ' ')
}

/** Without spaces at both ends, and without two in a row where elements meet. */
function trimSpaces(pieces: readonly PdfText[]): PdfText[] {
  const trimmed: PdfText[] = []
  let isAfterSpace = true
  for (const piece of pieces) {
    let text = String(piece.text)
    if (isAfterSpace) text = text.replace(/^ +/, '')
    if (text === '') continue
    isAfterSpace = /[ \n]$/.test(text)
    trimmed.push({ ...piece, text })
  }
  const last = trimmed.at(-1)
  if (last) trimmed[trimmed.length - 1] = { ...last, text: String(last.text).trimEnd() }
  return trimmed.filter(({ text }) => text !== '')
}

/** Text of nodes, for measuring. */
export function plainTextOf(nodes: readonly MarkupNode[]): string {
  return nodes
    .map((node) => (typeof node === 'string' ? node : plainTextOf(node.children)))
    .join('')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Content that takes no room. */
export const nothing: PdfContent = { text: '' }
