import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { SandboxError } from '../errors.ts'
import type { LiveEvents } from '../live_events.ts'
import { nextEvent, parseQuery } from '../requests.ts'
import { mailIdSchema, mailSummarySchema } from '../schemas.ts'
import { type MailStore, matcher, type StoredMail } from './mail_store.ts'
import { previewDocument, previewPolicy } from './preview_document.ts'

const text = z.string().min(1).max(500).optional()
const listQuery = z.strictObject({
  to: text,
  subject: text,
  search: text,
  before: mailIdSchema.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
})
const waitQuery = z.strictObject({
  to: text,
  subject: text,
  after: z.union([mailIdSchema, z.iso.datetime({ offset: true })]).optional(),
  timeout: z.coerce.number().int().min(0).max(60_000).default(30_000),
})

/** Policy of everything that a mail brought and that is handed out as a file: it is only ever saved. */
const filePolicy = "default-src 'none'; sandbox"

/** Routes of the inbox, mounted at `/api/mails`. */
export function mailRoutes(store: MailStore, events: LiveEvents): Hono {
  const routes = new Hono()

  routes.get('/', (c) => {
    const { limit, before, ...filter } = parseQuery(c, listQuery)
    return c.json(store.list(filter, { limit, before }))
  })

  routes.get('/wait', async (c) => {
    const { timeout, ...filter } = parseQuery(c, waitQuery)
    const id = store.newest(filter)?.id ?? (await nextMatching(filter, timeout, c.req.raw.signal))
    if (id === null) {
      throw new SandboxError(408, 'mail_not_received', `Cannot show mail: none matched within ${timeout} ms`, {
        hint: 'Check address and subject, or ask again: the answer comes as soon as a mail matches',
      })
    }
    return c.json((await find(id)).mail)
  })

  routes.get('/:id', async (c) => c.json((await find(c.req.param('id'))).mail))

  routes.get('/:id/html', async (c) => {
    const document = previewDocument((await find(c.req.param('id'))).parsed)
    if (document === null) {
      throw new SandboxError(404, 'mail_has_no_html', 'Cannot show preview: the mail has no HTML part', {
        hint: 'Its text is in "text" of /api/mails/<id>',
      })
    }
    return c.html(document, 200, { 'content-security-policy': previewPolicy })
  })

  routes.get('/:id/source', async (c) => {
    const { raw, mail } = await find(c.req.param('id'))
    return sendFile(c, raw, 'text/plain; charset=utf-8', `${mail.id}.eml`, 'inline')
  })

  routes.get('/:id/attachments/:index', async (c) => {
    const index = Number(c.req.param('index'))
    const file = (await find(c.req.param('id'))).parsed.files[index]
    if (!file) {
      throw new SandboxError(404, 'attachment_not_found', `Cannot send attachment: there is no "${index}"`, {
        hint: 'Attachments are counted from 0; "attachments" of /api/mails/<id> lists them',
      })
    }
    return sendFile(c, file.content, file.contentType, file.filename, 'attachment')
  })

  routes.delete('/', async (c) => {
    await store.clear()
    return c.body(null, 204)
  })

  routes.delete('/:id', async (c) => {
    const id = c.req.param('id')
    if (!(await store.remove(id))) throw mailNotFound(id)
    return c.body(null, 204)
  })

  const find = async (id: string): Promise<StoredMail> => {
    const found = await store.get(id)
    if (!found) throw mailNotFound(id)
    return found
  }

  /** Resolves with the id of the next mail that matches; null when time is up or the client has gone. */
  const nextMatching = (filter: Parameters<typeof matcher>[0], timeout: number, signal: AbortSignal) => {
    const matches = matcher(filter)
    return nextEvent(
      events,
      (event) => {
        const mail = event.name === 'mail' ? mailSummarySchema.safeParse(event.data).data : undefined
        return mail && matches(mail) ? mail.id : null
      },
      timeout,
      signal,
    )
  }

  return routes
}

function mailNotFound(id: string): SandboxError {
  return new SandboxError(404, 'mail_not_found', `Cannot show mail: there is no "${id.slice(0, 40)}"`, {
    hint: 'It was deleted, or newer mails took its place; /api/mails lists what is kept',
  })
}

function sendFile(
  c: Context,
  content: Uint8Array,
  contentType: string,
  filename: string,
  disposition: 'inline' | 'attachment',
): Response {
  // Header values are ASCII without control characters; the starred form carries every name.
  const plain = filename.replace(/[^\x20-\x7e]|["\\]/g, '_')
  const type = /^[\w.+-]+\/[\w.+-]+(; charset=utf-8)?$/.test(contentType) ? contentType : 'application/octet-stream'
  return c.body(Uint8Array.from(content), 200, {
    'content-type': type,
    'content-disposition': `${disposition}; filename="${plain}"; filename*=UTF-8''${encodeName(filename)}`,
    'content-security-policy': filePolicy,
  })
}

function encodeName(filename: string): string {
  return encodeURIComponent(filename.toWellFormed()).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
}
