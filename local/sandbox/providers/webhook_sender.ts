import { isIP } from 'node:net'
import { createIds } from '../ids.ts'
import type { LiveEvents } from '../live_events.ts'
import type { Webhook, WebhookAttempt } from './provider_schemas.ts'

/** A webhook that is to be sent. */
export interface WebhookMessage {
  readonly provider: string
  /** The provider's name of what happened, for the page. */
  readonly event: string
  readonly url: string
  readonly contentType: string
  readonly body: string
  /** Signature and other headers, made anew for each attempt since some carry the time. */
  headers(): Record<string, string>
}

/** Sends webhooks with retries and remembers what became of them. */
export interface WebhookSender {
  /** Resolves after the first attempt. */
  send(message: WebhookMessage): Promise<Webhook>
  /** One more attempt now; null when the webhook is not known any more. */
  resend(id: string): Promise<Webhook | null>
  /** Newest first. */
  list(provider?: string): Webhook[]
  clear(provider?: string): void
  /** Ends attempts that are under way or due. */
  close(): void
}

interface Kept {
  webhook: Webhook
  readonly message: WebhookMessage
  timer: NodeJS.Timeout | null
}

const attemptTimeoutMs = 15_000
const keptCount = 300

/**
 * Makes a sender.
 *
 * @param options.retryDelaysMs how long after each failed attempt the next one comes; shorter than in the world, so that
 *   one can watch
 */
export function createWebhookSender(options: { events: LiveEvents; retryDelaysMs?: readonly number[] }): WebhookSender {
  const { events, retryDelaysMs = [1000, 5000, 15_000] } = options
  const nextId = createIds()
  const closing = new AbortController()
  let kept: Kept[] = []

  const change = (entry: Kept, webhook: Webhook) => {
    entry.webhook = webhook
    events.publish({ name: 'webhook', data: webhook })
  }

  const attempt = async (entry: Kept): Promise<void> => {
    if (entry.timer) clearTimeout(entry.timer)
    entry.timer = null
    const refusal = refuseUrl(entry.message.url)
    const made = refusal === null ? await post(entry.message, closing.signal) : refusedAttempt(refusal)
    if (closing.signal.aborted || !kept.includes(entry)) return
    const attempts = [...entry.webhook.attempts, made]
    const isDelivered = made.status !== null && made.status >= 200 && made.status < 300
    const delay = isDelivered || refusal !== null ? undefined : retryDelaysMs[attempts.length - 1]
    if (delay === undefined) {
      change(entry, { ...entry.webhook, attempts, state: isDelivered ? 'delivered' : 'failed', nextAttemptAt: null })
      return
    }
    entry.timer = setTimeout(() => void attempt(entry), delay)
    entry.timer.unref()
    const nextAttemptAt = new Date(Date.now() + delay).toISOString()
    change(entry, { ...entry.webhook, attempts, state: 'pending', nextAttemptAt })
  }

  return {
    async send(message) {
      const webhook: Webhook = {
        id: nextId(),
        provider: message.provider,
        event: message.event,
        url: message.url,
        createdAt: new Date().toISOString(),
        body: message.body,
        state: 'pending',
        attempts: [],
        nextAttemptAt: null,
      }
      const entry: Kept = { webhook, message, timer: null }
      kept = [entry, ...kept]
      for (const old of kept.splice(keptCount)) if (old.timer) clearTimeout(old.timer)
      change(entry, webhook)
      await attempt(entry)
      return entry.webhook
    },
    async resend(id) {
      const entry = kept.find((candidate) => candidate.webhook.id === id)
      if (!entry) return null
      await attempt(entry)
      return entry.webhook
    },
    list: (provider) =>
      kept.map((entry) => entry.webhook).filter((webhook) => provider === undefined || webhook.provider === provider),
    clear(provider) {
      const isGone = (entry: Kept) => provider === undefined || entry.webhook.provider === provider
      for (const entry of kept) if (isGone(entry) && entry.timer) clearTimeout(entry.timer)
      kept = kept.filter((entry) => !isGone(entry))
    },
    close() {
      closing.abort()
      for (const entry of kept) if (entry.timer) clearTimeout(entry.timer)
    },
  }
}

async function post(message: WebhookMessage, closing: AbortSignal): Promise<WebhookAttempt> {
  const startedAt = performance.now()
  const at = new Date().toISOString()
  const took = () => Math.round(performance.now() - startedAt)
  try {
    const response = await fetch(message.url, {
      method: 'POST',
      headers: { 'content-type': message.contentType, ...message.headers() },
      body: message.body,
      redirect: 'manual',
      signal: AbortSignal.any([closing, AbortSignal.timeout(attemptTimeoutMs)]),
    })
    await response.body?.cancel()
    return { at, durationMs: took(), status: response.status, error: null }
  } catch (error) {
    return { at, durationMs: took(), status: null, error: explain(error) }
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `No answer within ${attemptTimeoutMs / 1000} s`
  const { cause } = error
  return cause instanceof Error && 'code' in cause ? `${error.message}: ${String(cause.code)}` : error.message
}

function refusedAttempt(error: string): WebhookAttempt {
  return { at: new Date().toISOString(), durationMs: 0, status: null, error }
}

/** Nothing leaves the machine: why a webhook may not go to this URL, or null when it may. */
function refuseUrl(text: string): string | null {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return 'Not sent: this is no web address'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isNear =
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === 'host.docker.internal' ||
    (isIP(host) === 4 && /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(host)) ||
    (isIP(host) === 6 && /^(::1$|f[cd]|fe80)/.test(host))
  return isNear ? null : `Not sent: "${host}" is not on this machine or its own network, and nothing leaves the sandbox`
}
