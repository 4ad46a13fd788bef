/** The phases of a request that `Server-Timing` tells. */
export type Phase = 'jwt' | 'parse' | 'plan' | 'transaction' | 'response'

const phases: readonly Phase[] = ['jwt', 'parse', 'plan', 'transaction', 'response']

/** Measures how long the phases of one request take. */
export class ServerTiming {
  #last = performance.now()
  readonly #phases = new Map<Phase, number>()

  /** @returns null when nothing is to be measured */
  static start(isEnabled: boolean): ServerTiming | null {
    return isEnabled ? new ServerTiming() : null
  }

  /** Ends a phase; the next one begins. */
  mark(phase: Phase): void {
    const now = performance.now()
    this.#phases.set(phase, now - this.#last)
    this.#last = now
  }

  /** Ends the phase that failed and writes the header's value for the phases there were. */
  failed(): string {
    const next = phases.find((phase) => !this.#phases.has(phase))
    if (next !== undefined && next !== 'response') this.mark(next)
    return this.#write()
  }

  /** Ends the last phase and writes the header's value, in milliseconds. */
  finish(): string {
    this.mark('response')
    for (const phase of phases) if (!this.#phases.has(phase)) this.#phases.set(phase, 0)
    return this.#write()
  }

  #write(): string {
    return phases
      .filter((phase) => this.#phases.has(phase))
      .map((phase) => `${phase};dur=${(this.#phases.get(phase) ?? 0).toFixed(1)}`)
      .join(', ')
  }
}
