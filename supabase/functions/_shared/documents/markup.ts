import { Parser } from 'htmlparser2'
import { documentTooLarge, templateInvalid } from './document_error.ts'
import { documentLimits } from './limits.ts'

/** An element of a filled template, or text in it. */
export type MarkupNode = MarkupElement | string

/** An element of a filled template. */
export interface MarkupElement {
  readonly tag: Tag
  readonly classes: ReadonlySet<ClassName>
  readonly attributes: Readonly<Record<string, string>>
  readonly children: MarkupNode[]
}

const inline = ['strong', 'b', 'em', 'i', 'u', 'small', 'span', 'a', 'br'] as const
const block = ['h1', 'h2', 'h3', 'p', 'ul', 'ol', 'table', 'dl', 'hr', 'img', 'section', 'page-break'] as const
const parts = ['li', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td', 'dt', 'dd'] as const

/** The tags of the markup. */
export const tags = [...inline, ...block, ...parts] as const
export type Tag = (typeof tags)[number]

/** The words that `class` may hold. */
export const classNames = [
  'left',
  'center',
  'right',
  'muted',
  'brand',
  'success',
  'warning',
  'danger',
  'lines',
  'keep',
  'box',
] as const
export type ClassName = (typeof classNames)[number]

type Parent = Tag | 'document'

/** What may stand directly in what; text may stand where inline elements may. */
const childrenOf: Readonly<Record<Parent, readonly Tag[]>> = {
  document: block,
  section: block,
  h1: inline,
  h2: inline,
  h3: inline,
  p: inline,
  li: [...inline, 'ul', 'ol', 'p'],
  dt: inline,
  dd: inline,
  th: inline,
  td: [...inline, 'p', 'ul', 'ol', 'img'],
  ul: ['li'],
  ol: ['li'],
  dl: ['dt', 'dd'],
  table: ['thead', 'tbody', 'tfoot', 'tr'],
  thead: ['tr'],
  tbody: ['tr'],
  tfoot: ['tr'],
  tr: ['th', 'td'],
  strong: inline,
  b: inline,
  em: inline,
  i: inline,
  u: inline,
  small: inline,
  span: inline,
  a: inline,
  br: [],
  hr: [],
  img: [],
  'page-break': [],
}

const attributesOf: Readonly<Partial<Record<Tag, Readonly<Record<string, RegExp>>>>> = {
  a: { href: /^(https:\/\/|mailto:)[^\s]{1,2000}$/ },
  img: { src: /^[a-z][a-z0-9_:-]{0,80}$/, width: /^\d{1,3}$/, alt: /^.{0,200}$/s },
  th: { width: /^\d{1,2}%$/, colspan: /^(1[0-2]|[1-9])$/ },
  td: { width: /^\d{1,2}%$/, colspan: /^(1[0-2]|[1-9])$/ },
  ol: { start: /^\d{1,4}$/ },
}

interface Open {
  readonly name: Parent
  readonly children: MarkupNode[]
}

/**
 * Reads the markup of a filled template: a small part of HTML, of which anything else is refused rather than dropped.
 *
 * @throws {AppError} 422 `document_template_invalid`, `document_too_large`
 */
export function parseMarkup(text: string): MarkupNode[] {
  const root: Open = { name: 'document', children: [] }
  const open: Open[] = [root]
  let elements = 0
  let characters = 0
  const parser = new Parser({
    onopentag(name, attributes) {
      const parent = open.at(-1) ?? root
      const tag = tags.find((known) => known === name)
      if (!tag) throw templateInvalid(`there is no tag <${name.slice(0, 40)}>`)
      if (!childrenOf[parent.name].includes(tag)) throw templateInvalid(`<${tag}> cannot stand in ${where(parent)}`)
      elements += 1
      if (elements > documentLimits.elements) {
        throw documentTooLarge(`it has more than ${documentLimits.elements} elements`)
      }
      if (open.length > documentLimits.depth) throw templateInvalid('its elements stand too deep in each other')
      const element = makeElement(tag, attributes)
      parent.children.push(element)
      open.push({ name: tag, children: element.children })
    },
    ontext(piece) {
      const parent = open.at(-1) ?? root
      characters += piece.length
      if (characters > documentLimits.textCharacters) {
        throw documentTooLarge(`it has more than ${documentLimits.textCharacters} characters`)
      }
      if (childrenOf[parent.name].includes('span')) parent.children.push(piece)
      else if (piece.trim() !== '') throw templateInvalid(`text cannot stand in ${where(parent)}`)
    },
    onclosetag() {
      if (open.length > 1) open.pop()
    },
  })
  parser.write(text)
  parser.end()
  return root.children
}

function where({ name }: Open): string {
  return name === 'document' ? 'the document itself: put it into <p>' : `<${name}>`
}

function makeElement(tag: Tag, given: Readonly<Record<string, string>>): MarkupElement {
  const { class: words = '', ...attributes } = given
  const classes = new Set<ClassName>()
  for (const word of words.split(/\s+/).filter(Boolean)) {
    const known = classNames.find((name) => name === word)
    if (!known) throw templateInvalid(`there is no class "${word.slice(0, 40)}"`)
    classes.add(known)
  }
  for (const [name, value] of Object.entries(attributes)) {
    const form = attributesOf[tag]?.[name]
    if (!form) throw templateInvalid(`<${tag}> has no attribute "${name.slice(0, 40)}"`)
    if (!form.test(value)) throw templateInvalid(`"${name}" of <${tag}> has a value that is not allowed`)
  }
  return { tag, classes, attributes, children: [] }
}
