/** What happens in the sandbox and is shown live; later sections add their own names. */
export interface LiveEvent {
  /** `mail` (a summary), `mail_deleted` (an id) or `mails_cleared`. */
  readonly name: string
  readonly data: unknown
}

/** Hands each event to everybody who listens at that moment; keeps nothing. */
export interface LiveEvents {
  publish(event: LiveEvent): void
  /** @returns a function that ends the subscription */
  subscribe(listener: (event: LiveEvent) => void): () => void
}

/** Makes an empty hub. */
export function createLiveEvents(): LiveEvents {
  const listeners = new Set<(event: LiveEvent) => void>()
  return {
    publish(event) {
      for (const listener of [...listeners]) listener(event)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
