import { defaultLook, layoutWords, type MailLook } from './look.ts'

/** What one mail says. Plain text: the layout escapes it. */
export interface MailContent {
  readonly subject: string
  readonly heading: string
  readonly paragraphs: readonly string[]
  /** The one thing to do. */
  readonly action?: { readonly label: string; readonly url: string }
  /** A code to type in, shown large. */
  readonly code?: string
  /** Small print below. */
  readonly footnote: string
}

/** Escapes text for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** Only links that a browser opens as a page; anything else is a fault of ours, not text to show. */
function safeUrl(url: string): string {
  if (!/^https?:\/\//i.test(url)) throw new TypeError('A mail may only link to http and https addresses')
  return url
}

/**
 * Renders a mail in the house style: one column that fits any width, system fonts, dark text on light ground with a
 * contrast above 7:1, a real heading, tables for layout hidden from screen readers, and the whole message as text.
 *
 * @param look whose name stands above it, and the language of `content`
 */
export function renderMail(
  content: MailContent,
  look: MailLook = defaultLook,
): { subject: string; html: string; text: string } {
  return { subject: content.subject, html: renderHtml(content, look), text: renderText(content, look) }
}

function renderHtml(
  { subject, heading, paragraphs, action, code, footnote }: MailContent,
  { brand, locale }: MailLook,
): string {
  const words = layoutWords[locale]
  const paragraph = (text: string) => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`
  const parts = [
    `<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">${escapeHtml(heading)}</h1>`,
    ...paragraphs.map(paragraph),
  ]
  if (action) {
    const url = escapeHtml(safeUrl(action.url))
    parts.push(
      `<p style="margin:24px 0"><a href="${url}" style="display:inline-block;padding:14px 24px;border-radius:8px;` +
        `background:#14213d;color:#ffffff;font-weight:600;text-decoration:none">${escapeHtml(action.label)}</a></p>`,
    )
  }
  if (code) {
    parts.push(
      paragraph(`${action ? words.orCode : words.code}:`),
      `<p style="margin:0 0 24px;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:28px;` +
        `letter-spacing:4px;font-weight:700">${escapeHtml(code)}</p>`,
    )
  }
  if (action) {
    const url = escapeHtml(action.url)
    parts.push(
      `<p style="margin:0 0 16px;font-size:14px;color:#404040">${escapeHtml(words.fallback)}:<br>` +
        `<a href="${url}" style="color:#14213d;word-break:break-all">${url}</a></p>`,
    )
  }
  return [
    '<!doctype html>',
    `<html lang="${locale}">`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light">',
    `<title>${escapeHtml(subject)}</title>`,
    '</head>',
    '<body style="margin:0;padding:0;background:#f4f4f1">',
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f4f4f1">',
    '<tr><td align="center" style="padding:24px 12px">',
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px">',
    '<tr><td style="padding:0 8px 16px;font:700 18px system-ui,Segoe UI,Roboto,Helvetica,Arial,sans-serif;' +
      `color:#14213d">${escapeHtml(brand)}</td></tr>`,
    '<tr><td style="padding:32px 24px;background:#ffffff;border-radius:12px;' +
      'font:16px/1.55 system-ui,Segoe UI,Roboto,Helvetica,Arial,sans-serif;color:#1a1a1a">',
    ...parts,
    '</td></tr>',
    '<tr><td style="padding:16px 8px;font:14px/1.5 system-ui,Segoe UI,Roboto,Helvetica,Arial,sans-serif;' +
      `color:#404040">${escapeHtml(footnote)}</td></tr>`,
    '</table>',
    '</td></tr>',
    '</table>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function renderText({ heading, paragraphs, action, code, footnote }: MailContent, { brand, locale }: MailLook): string {
  const words = layoutWords[locale]
  const blocks = [heading, ...paragraphs]
  if (action) blocks.push(`${action.label}:\n${action.url}`)
  if (code) blocks.push(`${action ? words.orCode : words.code}: ${code}`)
  blocks.push(`--\n${brand}\n${footnote}`)
  return `${blocks.join('\n\n')}\n`
}
