import { defaultLook, fill, layoutWords, type MailLook } from './look.ts'
import { houseColors, type MailColors, mailColors } from './mail_colors.ts'

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
 * @param look whose name, logo and colours stand on it, and the language of `content`
 */
export function renderMail(
  content: MailContent,
  look: MailLook = defaultLook,
): { subject: string; html: string; text: string } {
  return { subject: content.subject, html: renderHtml(content, look), text: renderText(content, look) }
}

const font = (size: string) => `font:${size} system-ui,Segoe UI,Roboto,Helvetica,Arial,sans-serif`
/** Names and addresses without a space break anywhere rather than widen the mail. */
const breaking = 'overflow-wrap:anywhere;word-break:break-word'

function renderHtml(content: MailContent, look: MailLook): string {
  const { text, smallPrint, ground, card } = houseColors
  const colors = mailColors(look.organization?.primaryColor ?? null, look.organization?.secondaryColor ?? null)
  const stripe = colors.stripe
    ? [`<tr><td style="height:4px;line-height:4px;font-size:0;background:${colors.stripe}">&nbsp;</td></tr>`]
    : []
  return [
    '<!doctype html>',
    `<html lang="${look.locale}">`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light">',
    `<title>${escapeHtml(content.subject)}</title>`,
    '</head>',
    `<body style="margin:0;padding:0;background:${ground}">`,
    `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:${ground}">`,
    '<tr><td align="center" style="padding:24px 12px">',
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px">',
    `<tr><td style="padding:0 8px 8px;${font('700 18px/1.3')};${breaking}">${renderSender(look, colors)}</td></tr>`,
    ...stripe,
    `<tr><td style="padding:32px 24px;background:${card};border-radius:${colors.stripe ? '0 0 12px 12px' : '12px'};` +
      `${font('16px/1.55')};color:${text};${breaking}">`,
    ...renderBody(content, look, colors),
    '</td></tr>',
    `<tr><td style="padding:16px 8px;${font('14px/1.5')};color:${smallPrint};${breaking}">`,
    ...smallPrints(content, look).map((part) => `<p style="margin:0 0 12px">${lines(part)}</p>`),
    '</td></tr>',
    '</table>',
    '</td></tr>',
    '</table>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

/**
 * Logo and name of who writes, the name below a logo that leaves it no room. Programs that load no pictures show the
 * name alone, so the logo needs no words.
 */
function renderSender({ brand, organization }: MailLook, { title }: MailColors): string {
  const logo = organization?.logoUrl
    ? `<img src="${escapeHtml(safeUrl(organization.logoUrl))}" alt="" height="44" style="display:inline-block;` +
      'height:44px;width:auto;max-width:200px;object-fit:contain;border:0;vertical-align:middle;margin:0 12px 8px 0">'
    : ''
  const name = escapeHtml(organization?.name ?? brand)
  return `${logo}<span style="display:inline-block;vertical-align:middle;margin:0 0 8px;color:${title}">${name}</span>`
}

function renderBody({ heading, paragraphs, action, code }: MailContent, { locale }: MailLook, colors: MailColors) {
  const words = layoutWords[locale]
  const paragraph = (text: string) => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`
  const parts = [
    `<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">${escapeHtml(heading)}</h1>`,
    ...paragraphs.map(paragraph),
  ]
  if (action) {
    const { ground, label, border } = colors.button
    const url = escapeHtml(safeUrl(action.url))
    parts.push(
      `<p style="margin:24px 0"><a href="${url}" style="display:inline-block;padding:14px 24px;border-radius:8px;` +
        `border:1px solid ${border};background:${ground};color:${label};font-weight:600;text-decoration:none">` +
        `${escapeHtml(action.label)}</a></p>`,
    )
  }
  if (code) {
    parts.push(
      paragraph(`${action ? words.orCode : words.code}`),
      `<p style="margin:0 0 24px;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:28px;` +
        `letter-spacing:4px;font-weight:700">${escapeHtml(code)}</p>`,
    )
  }
  if (action) {
    const url = escapeHtml(action.url)
    parts.push(
      `<p style="margin:0;font-size:14px;color:${houseColors.smallPrint}">${escapeHtml(words.fallback)}<br>` +
        `<a href="${url}" style="color:${colors.link};word-break:break-all">${url}</a></p>`,
    )
  }
  return parts
}

/** What stands below: why the reader gets the mail, what the organization says of itself, and that we sent it for them. */
function smallPrints({ footnote }: MailContent, { brand, locale, organization }: MailLook): string[] {
  if (!organization) return [footnote]
  const sentFor = fill(layoutWords[locale].sentFor, { brand, organization: organization.name })
  return [footnote, ...(organization.footer === null ? [] : [organization.footer]), sentFor]
}

const lines = (text: string) => escapeHtml(text).replaceAll('\n', '<br>')

function renderText(content: MailContent, look: MailLook): string {
  const { heading, paragraphs, action, code } = content
  const words = layoutWords[look.locale]
  const blocks = [heading, ...paragraphs]
  if (action) blocks.push(`${action.label}:\n${action.url}`)
  if (code) blocks.push(`${action ? words.orCode : words.code} ${code}`)
  blocks.push(`--\n${look.organization?.name ?? look.brand}\n${smallPrints(content, look).join('\n\n')}`)
  return `${blocks.join('\n\n')}\n`
}
