import sanitizeHtml from 'sanitize-html'
import type { ParsedMail } from './parse_mail.ts'

/**
 * Policy of the preview: nothing runs, nothing is loaded from anywhere, nothing is sent. Styles and embedded pictures
 * stay, and links open in a new tab of their own. It holds also when the document is opened outside the page's frame.
 */
export const previewPolicy = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ')

const embeddableImage = /^image\/(png|jpeg|gif|webp|avif|bmp|x-icon)$/

const structure = ['html', 'head', 'body', 'style', 'img', 'center', 'font', 'picture', 'map', 'area']

/**
 * The HTML of a mail as a document that is safe to show: scripts, frames, forms and handlers are gone, pictures that
 * the mail itself carries are embedded, and every link opens in a new tab.
 *
 * @returns the document, or null when the mail has no HTML
 */
export function previewDocument(mail: ParsedMail): string | null {
  if (mail.fields.html === null) return null
  const images = new Map(
    mail.files
      .filter((file) => file.contentId !== null && embeddableImage.test(file.contentType))
      .map((file) => [
        file.contentId,
        `data:${file.contentType};base64,${Buffer.from(file.content).toString('base64')}`,
      ]),
  )
  const body = sanitizeHtml(mail.fields.html, {
    allowedTags: [...sanitizeHtml.defaults.allowedTags, ...structure],
    allowedAttributes: {
      '*': [
        ...['style', 'class', 'id', 'title', 'dir', 'lang', 'role', 'align', 'valign', 'width', 'height'],
        ...['bgcolor', 'border', 'cellpadding', 'cellspacing', 'colspan', 'rowspan', 'color', 'face', 'size', 'aria-*'],
      ],
      a: ['href', 'target', 'rel', 'name'],
      area: ['href', 'target', 'rel', 'shape', 'coords', 'alt'],
      img: ['src', 'alt'],
      map: ['name'],
      style: ['media', 'type'],
    },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['data'] },
    allowProtocolRelative: false,
    // What goes with its text: the library's own list, and the title, which no mail program shows in the page.
    nonTextTags: ['script', 'style', 'textarea', 'option', 'xmp', 'noscript', 'title'],
    // Styles may stand: the policy above lets them load nothing.
    allowVulnerableTags: true,
    parseStyleAttributes: false,
    transformTags: {
      a: sanitizeHtml.simpleTransform('a', { target: '_blank', rel: 'noopener noreferrer' }),
      area: sanitizeHtml.simpleTransform('area', { target: '_blank', rel: 'noopener noreferrer' }),
      img: (tagName, attributes) => {
        const { src = '', ...rest } = attributes
        const embedded = src.toLowerCase().startsWith('cid:') ? images.get(decode(src.slice(4))) : src
        // A remote picture would tell its server that the mail was read; its alternative text is shown instead.
        return { tagName, attribs: embedded?.startsWith('data:') ? { ...rest, src: embedded } : rest }
      },
    },
  })
  return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">${body}`
}

function decode(contentId: string): string {
  try {
    return decodeURIComponent(contentId)
  } catch {
    return contentId
  }
}
