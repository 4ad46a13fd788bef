import sanitizeHtml from 'sanitize-html'
import { z } from 'zod'

const allowed: sanitizeHtml.IOptions = {
  allowedTags: [
    'p',
    'br',
    'h1',
    'h2',
    'h3',
    'strong',
    'b',
    'em',
    'i',
    'u',
    's',
    'a',
    'ul',
    'ol',
    'li',
    'blockquote',
    'code',
    'pre',
    'hr',
  ],
  // No style, no class, no event handler, no image: those of others must not look like ours, act, or report readers.
  allowedAttributes: { a: ['href', 'rel'] },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  nonTextTags: [
    'script',
    'style',
    'textarea',
    'option',
    'noscript',
    'template',
    'svg',
    'math',
    'iframe',
    'object',
    'title',
  ],
  parseStyleAttributes: false,
  nestingLimit: 20,
  transformTags: {
    a: (_tag, { href }) => ({
      tagName: 'a',
      attribs: { ...(href === undefined ? {} : { href }), rel: 'noopener noreferrer nofollow' },
    }),
  },
}

/**
 * HTML that a person wrote, without anything that could act in another person's browser: only the tags of simple text
 * and links to web, mail and telephone remain. Safe to repeat.
 */
export function sanitizeRichText(html: string): string {
  return sanitizeHtml(html, allowed)
}

/** A field of rich text for a request: longest input in characters; what is stored is sanitised. */
export function richText(maxLength: number) {
  return z.string().max(maxLength).transform(sanitizeRichText)
}
