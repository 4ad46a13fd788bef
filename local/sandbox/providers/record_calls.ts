import { setTimeout as delay } from 'node:timers/promises'
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { createIds } from '../ids.ts'
import type { LiveEvents } from '../live_events.ts'
import type { DialBoard } from './dials.ts'
import type { Provider } from './provider.ts'
import type { ProviderCall } from './provider_schemas.ts'
import { scrubBody, scrubHeaders, scrubPath } from './scrub.ts'

/** The newest calls of one provider. */
export interface CallLog {
  /** Newest first. */
  list(): ProviderCall[]
  add(call: ProviderCall): void
  clear(): void
}

const keptCount = 200
const longestBody = 16 * 1024
/** A caller gives up long before; this only keeps a forgotten one from staying for ever. */
const longestSilenceMs = 120_000

/** Makes an empty log. */
export function createCallLog(events: LiveEvents): CallLog {
  let calls: ProviderCall[] = []
  return {
    list: () => calls,
    add(call) {
      calls = [call, ...calls].slice(0, keptCount)
      events.publish({ name: 'provider_call', data: call })
    },
    clear() {
      calls = []
    },
  }
}

/** Ids of calls, one after the other. */
export const nextCallId = createIds()

/** Writes each call down, and lets the dials have their way with it before the provider sees it. */
export function recordCalls(options: {
  provider: Provider
  dials: DialBoard
  log: CallLog
  closing: AbortSignal
}): MiddlewareHandler<{ Bindings: HttpBindings }> {
  const { provider, dials, log, closing } = options
  return async (c, next) => {
    const startedAt = performance.now()
    const receivedAt = new Date().toISOString()
    const id = nextCallId()
    const body = await readBody(c)
    const fate = dials.decide(c.req.path)
    const note = (status: number | null, answer: string | null, dial: ProviderCall['dial']) =>
      log.add({
        id,
        provider: provider.name,
        receivedAt,
        method: c.req.method,
        path: scrubPath(c.req.url),
        headers: scrubHeaders(c.req.raw.headers),
        body,
        status,
        answer,
        durationMs: Math.round(performance.now() - startedAt),
        dial,
      })

    const gone = AbortSignal.any([closing, c.req.raw.signal])
    if (fate.delayMs > 0) await waitUnless(fate.delayMs, gone)
    if (fate.timesOut) {
      await waitUnless(longestSilenceMs, gone)
      note(null, null, 'timed-out')
      c.env.incoming.socket.destroy()
      return c.body(null)
    }
    if (fate.failStatus !== null) {
      const failure = provider.fail(fate.failStatus)
      note(failure.status, await readAnswer(failure), 'failed')
      return failure
    }
    await next()
    note(c.res.status, await readAnswer(c.res), fate.delayMs > 0 ? 'delayed' : null)
    return undefined
  }
}

async function waitUnless(ms: number, gone: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: gone, ref: false }).catch(() => {})
}

async function readBody(c: Context): Promise<string | null> {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return null
  const contentType = c.req.header('content-type') ?? ''
  const bytes = await c.req.arrayBuffer()
  if (bytes.byteLength === 0) return null
  if (!isText(contentType)) return `(${bytes.byteLength} bytes of ${contentType || 'unknown type'})`
  return cut(scrubBody(new TextDecoder().decode(bytes), contentType))
}

async function readAnswer(response: Response): Promise<string | null> {
  const contentType = response.headers.get('content-type') ?? ''
  const { location } = Object.fromEntries(response.headers)
  if (location) return `Location: ${scrubLocation(location)}`
  if (response.body === null) return null
  if (/text\/(html|event-stream)/.test(contentType)) return `(${contentType})`
  if (!isText(contentType)) return `(${contentType || 'unknown type'})`
  return cut(scrubBody(await response.clone().text(), contentType))
}

/** Where a redirect leads, without the one-time code that it carries. */
function scrubLocation(location: string): string {
  return location.replace(/([?&#](?:code|access_token|id_token)=)[^&#]*/g, '$1•••')
}

function isText(contentType: string): boolean {
  return contentType === '' || /\b(json|text|xml|x-www-form-urlencoded)\b/i.test(contentType)
}

function cut(text: string): string {
  return text.length <= longestBody ? text : `${text.slice(0, longestBody)}\n… cut, ${text.length} characters in all`
}
