import { Parser } from 'htmlparser2'
import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime'
import { findCodes } from '../find_codes.ts'
import type { Mail, Mailbox, MailSummary } from '../schemas.ts'

/** What SMTP said about a mail, which its headers need not repeat. */
export interface Envelope {
  readonly from: string
  readonly recipients: readonly string[]
}

/** A file of a mail with its bytes. */
export interface AttachmentContent {
  readonly filename: string
  readonly contentType: string
  readonly content: Uint8Array
  /** Id that the HTML refers to as `cid:...`, without angle brackets. */
  readonly contentId: string | null
  readonly isInline: boolean
}

/** A mail as it was read: the parts of {@link Mail} that come from the message, and the files. */
export interface ParsedMail {
  readonly fields: Omit<Mail, 'id' | 'receivedAt' | 'recipients' | 'envelopeFrom' | 'size'>
  readonly files: readonly AttachmentContent[]
}

const previewLength = 140

/**
 * Reads a message. One that breaks the rules of MIME is still shown: with what could be read, or its source alone.
 *
 * @param raw the message as it came over SMTP
 */
export async function parseMail(raw: Uint8Array): Promise<ParsedMail> {
  let email: Email
  try {
    email = await PostalMime.parse(raw)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown error'
    email = { headers: [], headerLines: [], attachments: [], text: `This mail could not be read: ${reason}` }
  }
  const text = email.text?.trim() ? email.text : null
  const html = email.html?.trim() ? email.html : null
  const files = email.attachments.map(toFile)
  const fromHtml = html === null ? { text: '', links: [] } : readHtml(html)
  const subject = email.subject ?? ''
  const readable = text ?? fromHtml.text
  return {
    fields: {
      from: mailboxes(email.from ? [email.from] : [])[0] ?? { name: '', address: '' },
      to: mailboxes(email.to),
      cc: mailboxes(email.cc),
      replyTo: mailboxes(email.replyTo),
      subject,
      preview: collapse(readable).slice(0, previewLength),
      attachmentCount: files.filter((file) => !file.isInline).length,
      headers: email.headers.map((header) => ({ name: header.originalKey, value: header.value })),
      text,
      html,
      links: uniqueLinks([...fromHtml.links, ...linksInText(text ?? '')]),
      codes: findCodes(`${subject}\n${text ?? ''}\n${fromHtml.text}`),
      attachments: files.map((file, index) => ({
        index,
        filename: file.filename,
        contentType: file.contentType,
        size: file.content.byteLength,
        isInline: file.isInline,
      })),
    },
    files,
  }
}

/** The part of a parsed mail that the list shows. */
export function summarize(
  parsed: ParsedMail,
  received: { id: string; receivedAt: string; size: number; envelope: Envelope },
): MailSummary {
  const { from, to, subject, preview, attachmentCount } = parsed.fields
  const { id, receivedAt, size, envelope } = received
  return { id, receivedAt, from, to, recipients: [...envelope.recipients], subject, preview, attachmentCount, size }
}

function mailboxes(addresses: readonly Address[] | undefined): Mailbox[] {
  return (addresses ?? []).flatMap((entry) => entry.group ?? [entry]).map(({ name, address }) => ({ name, address }))
}

function toFile(attachment: Attachment, index: number): AttachmentContent {
  const { content } = attachment
  const bytes =
    typeof content === 'string'
      ? Buffer.from(content, attachment.encoding === 'base64' ? 'base64' : 'utf8')
      : new Uint8Array(content)
  return {
    filename: attachment.filename || `attachment-${index + 1}`,
    contentType: attachment.mimeType || 'application/octet-stream',
    content: bytes,
    contentId: attachment.contentId?.replace(/^<|>$/g, '') || null,
    isInline: attachment.related === true,
  }
}

/** White space, and what mail templates pad their preview line with. */
const invisible = /(?:\s|\u00ad|\u034f|[\u200b-\u200f]|\ufeff)+/g

function collapse(text: string): string {
  return text.replace(invisible, ' ').trim()
}

/** Text and links of an HTML document, as a reader would see them. */
function readHtml(html: string): { text: string; links: { url: string; text: string }[] } {
  const links: { url: string; text: string }[] = []
  let text = ''
  let hidden = 0
  let open: { url: string; from: number } | null = null
  const closeLink = () => {
    if (open) links.push({ url: open.url, text: collapse(text.slice(open.from)).slice(0, 200) })
    open = null
  }
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (isHidden(name)) hidden++
        if (name !== 'a') return
        closeLink()
        const url = attributes.href?.trim() ?? ''
        if (isWebAddress(url)) open = { url, from: text.length }
      },
      ontext(part) {
        if (hidden === 0) text += part
      },
      onclosetag(name) {
        if (isHidden(name)) hidden--
        if (name === 'a') closeLink()
        // Words of neighbouring cells and paragraphs must not grow together; those of inline tags must.
        else if (!isInlineTag(name)) text += '\n'
      },
      onend: closeLink,
    },
    { decodeEntities: true },
  )
  parser.end(html)
  return { text, links }
}

const isHidden = (tag: string) => ['style', 'script', 'title', 'template'].includes(tag)
const isInlineTag = (tag: string) => ['b', 'i', 'em', 'strong', 'span', 'code', 'font', 'u', 'small'].includes(tag)
const isWebAddress = (url: string) => /^https?:\/\//i.test(url) && URL.canParse(url)

function linksInText(text: string): { url: string; text: string }[] {
  return [...text.matchAll(/\bhttps?:\/\/[^\s<>"']+/gi)]
    .map(([match]) => trimLink(match))
    .filter(isWebAddress)
    .map((url) => ({ url, text: '' }))
}

/** Ends a link before the punctuation of its sentence; a closing bracket stays when the link opened it. */
function trimLink(match: string): string {
  let url = match.replace(/[.,;:!?]+$/, '')
  while (url.endsWith(')') && url.split('(').length < url.split(')').length) url = url.slice(0, -1)
  return url.replace(/[.,;:!?\]]+$/, '')
}

function uniqueLinks(links: { url: string; text: string }[]): { url: string; text: string }[] {
  const seen = new Map<string, { url: string; text: string }>()
  for (const link of links) if (!seen.has(link.url)) seen.set(link.url, link)
  return [...seen.values()]
}
