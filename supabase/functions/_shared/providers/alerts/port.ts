/** Something operators must know, without personal data. */
export interface AlertMessage {
  readonly event: 'fired' | 'repeated' | 'resolved'
  /** Name of the rule; also the heading in docs/operations.md that says what to do. */
  readonly rule: string
  /** What it is about where a rule watches several, such as a provider; else empty. */
  readonly subject: string
  readonly severity: 'info' | 'warning' | 'critical'
  /** What is measured, in a few words. */
  readonly summary: string
  readonly value: number
  readonly threshold: number
  readonly since: Date
  /** Which installation says so. */
  readonly environment: string
}

/** What each message is sent with. */
export interface AlertOptions {
  /** Names the message, for channels that know repetitions. */
  readonly idempotencyKey: string
  readonly signal: AbortSignal
}

/** Tells operators over one channel. Never retries: the job does. */
export interface AlertSender {
  readonly channel: string
  /** @throws {ProviderError} with `isRetryable` set */
  send(message: AlertMessage, options: AlertOptions): Promise<void>
}
