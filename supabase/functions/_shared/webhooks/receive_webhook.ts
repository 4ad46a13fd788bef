import type { Env } from '../runtime/mod.ts'
import type { WebhookInbox } from './webhook_inbox.ts'
import type { WebhookCall, WebhookSource } from './webhook_source.ts'

/** What receiving needs. */
export interface ReceiveDeps {
  readonly env: Env
  /** Opened only for calls whose signature is right. */
  inbox(): WebhookInbox
}

/** What became of a call. */
export interface Receipt {
  /** Events that it carried. */
  readonly received: number
  /** Those that were not there already. */
  readonly stored: number
}

/**
 * Takes a call of a provider: signature first, then its events into the inbox. Once this resolves they are kept and will
 * be processed; a call that fails is sent again by the provider, and one that comes twice changes nothing.
 *
 * @throws {SignatureError} and {@link WebhookBodyError}; anything else means that the inbox cannot be reached
 */
export async function receiveWebhook(deps: ReceiveDeps, source: WebhookSource, call: WebhookCall): Promise<Receipt> {
  await source.verify(deps.env, call)
  const events = source.read(call)
  const stored = events.length === 0 ? 0 : await deps.inbox().store(source.provider, events)
  return { received: events.length, stored }
}
