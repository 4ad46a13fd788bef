/** A call that does not come from the provider, or not now. */
export class SignatureError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'SignatureError'
  }
}

/** A call that comes from the provider and cannot be read. */
export class WebhookBodyError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'WebhookBodyError'
  }
}
