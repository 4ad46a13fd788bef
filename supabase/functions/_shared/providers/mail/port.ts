/** A person or box that mail goes to or comes from. */
export interface MailAddress {
  readonly email: string
  readonly name?: string
}

/** A file that travels with a message. */
export interface MailAttachment {
  readonly filename: string
  readonly contentType: string
  readonly content: Uint8Array
}

/** One message to one recipient. */
export interface MailMessage {
  readonly to: MailAddress
  /** The configured sender when left out. */
  readonly from?: MailAddress
  readonly replyTo?: MailAddress
  readonly subject: string
  readonly text: string
  readonly html?: string
  /** Further headers, such as `List-Unsubscribe`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly attachments?: readonly MailAttachment[]
  /** A short word for statistics, such as `recovery`. */
  readonly tag?: string
}

/** What each send is called with. */
export interface SendOptions {
  /** Names the send. A second call with the same key is the same mail. At most 200 characters. */
  readonly idempotencyKey: string
  readonly signal: AbortSignal
  /** Set when an earlier call with this key may have gone through: the adapter looks that up first where it can. */
  readonly isRepeat?: boolean
}

/** Proof that the provider took the message. */
export interface SendReceipt {
  readonly provider: string
  /** The provider's id of the message, by which its events are matched. */
  readonly messageId: string
}

/** Sends one mail. Never retries: the job does. */
export interface MailSender {
  readonly provider: string
  /** Safe to repeat with the same key. @throws {ProviderError} with `isRetryable` set. */
  send(message: MailMessage, options: SendOptions): Promise<SendReceipt>
}
