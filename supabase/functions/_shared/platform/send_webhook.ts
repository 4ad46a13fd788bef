import { Webhook } from 'standardwebhooks'
import { OutgoingError, type SafeFetchOptions, type SafeResponse } from '../outgoing/mod.ts'
import { type Clock, redact } from '../runtime/mod.ts'

/** A message on its way to an endpoint. */
export interface OutgoingWebhook {
  /** The header webhook-id, by which a receiver knows a message that it has already. */
  readonly messageId: string
  readonly url: string
  /** Each one signs: two while a secret is being replaced. */
  readonly secrets: readonly string[]
  readonly body: string
}

/** What came of an attempt. */
export interface WebhookAttempt {
  readonly attemptedAt: Date
  readonly durationMs: number
  /** Null when no answer came. */
  readonly responseStatus: number | null
  /** First 1,000 characters, keys and addresses struck out; null when no answer came. */
  readonly responseBody: string | null
  /** Why it failed; null for a 2xx status. */
  readonly error: string | null
  /** How long the receiver asks to wait; null when it does not. */
  readonly retryAfterSeconds: number | null
  /** Trying again cannot help: the URL or its address is not allowed. */
  readonly isPermanent: boolean
}

/** What {@link sendWebhook} needs. */
export interface SendWebhookDeps {
  readonly fetch: (url: string, options: SafeFetchOptions) => Promise<SafeResponse>
  /** `OUTGOING_ALLOWED_HOSTS` of the environment. */
  readonly allowedHosts: readonly string[]
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Posts a message to an endpoint, signed by the Standard Webhooks scheme. Follows no redirect: one counts as a failure.
 *
 * @returns what came of it, also when nothing did. Rejects when `signal` aborted.
 */
export async function sendWebhook(deps: SendWebhookDeps, webhook: OutgoingWebhook): Promise<WebhookAttempt> {
  const attemptedAt = deps.clock.now()
  const ended = () => ({ attemptedAt, durationMs: Math.max(0, deps.clock.now().getTime() - attemptedAt.getTime()) })
  try {
    const answer = await deps.fetch(webhook.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Atrium-Webhooks/1',
        ...signatureHeaders(webhook, attemptedAt),
      },
      body: webhook.body,
      timeoutMs: 15_000,
      maxResponseBytes: 4_096,
      allowedHosts: deps.allowedHosts,
      signal: deps.signal,
    })
    const isTaken = answer.status >= 200 && answer.status <= 299
    return {
      ...ended(),
      responseStatus: answer.status,
      responseBody: readable(answer.body),
      error: isTaken ? null : `The endpoint answered ${answer.status}`,
      retryAfterSeconds: isTaken ? null : retryAfterSeconds(answer.headers.get('retry-after'), deps.clock),
      isPermanent: false,
    }
  } catch (cause) {
    // The worker's time was over: nothing of this is the endpoint's fault.
    deps.signal.throwIfAborted()
    if (!(cause instanceof OutgoingError)) throw cause
    const nothing = { responseStatus: null, responseBody: null, retryAfterSeconds: null }
    return { ...ended(), ...nothing, error: cause.reason, isPermanent: !cause.isRetryable }
  }
}

function signatureHeaders({ messageId, secrets, body }: OutgoingWebhook, at: Date): Record<string, string> {
  return {
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(messageId, at, body)).join(' '),
  }
}

/** Text as it may be shown to people of the organization and stored: a receiver may give back what it was sent. */
function readable(body: Uint8Array): string {
  const text = new TextDecoder().decode(body).replaceAll('\0', '')
  return redact(text.replace(/\bv1,[\w+/]{20,}={0,2}/g, '[signature]')).slice(0, 1_000)
}

/** Seconds of a header that is a number or a date; null for anything else. */
function retryAfterSeconds(header: string | undefined, clock: Clock): number | null {
  if (header === undefined) return null
  if (/^\d{1,9}$/.test(header)) return Number(header)
  const milliseconds = Date.parse(header) - clock.now().getTime()
  return Number.isNaN(milliseconds) ? null : Math.max(0, Math.ceil(milliseconds / 1000))
}
