import type { Env } from '../runtime/mod.ts'

/** A call of a provider, as it came. */
export interface WebhookCall {
  /** Public address that was called, with its query: for signatures over the URL. */
  readonly url: string
  readonly headers: Headers
  /** Byte for byte, because the signature is over it. */
  readonly body: Uint8Array<ArrayBuffer>
  readonly receivedAt: Date
}

/** One event of a call, as it is stored. */
export interface ReceivedEvent {
  /** The provider's id, the same when it sends the event again. Where it gives none: made of what the event says. */
  readonly eventId: string
  readonly eventType: string
  /** The provider's object that it is about, such as `subscription:sub_1`. */
  readonly objectKey?: string
  /** When it happened; when it came, if the provider does not say. */
  readonly occurredAt?: Date
  /** Kept as JSON; what the processor is given. */
  readonly payload: unknown
  /** The few headers that the processor needs, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A provider that calls us at `/webhooks/<provider>`. */
export interface WebhookSource {
  /** Snake case; last segment of the path and name in the inbox. */
  readonly provider: string
  /** One line for the API document. */
  readonly summary: string
  /**
   * Checks that the call comes from the provider, before anything else is done with it. Without a configured secret no
   * call does.
   *
   * @throws {SignatureError}
   */
  verify(env: Env, call: WebhookCall): void | Promise<void>
  /**
   * Reads the events of a verified call; none when it carries nothing to keep.
   *
   * @throws {WebhookBodyError}
   */
  read(call: WebhookCall): ReceivedEvent[]
  /**
   * Answers the GET by which some providers check an address before they use it.
   *
   * @returns the text to answer
   * @throws {SignatureError}
   */
  greet?(env: Env, query: URLSearchParams): string
}
