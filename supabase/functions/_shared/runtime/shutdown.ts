const controller = new AbortController()

// Hosted functions hear of their end by this event of the global scope, which other runtimes may not have.
const listen: unknown = Reflect.get(globalThis, 'addEventListener')
if (typeof listen === 'function') listen.call(globalThis, 'beforeunload', () => controller.abort())

/** Aborts when this instance is about to be ended. */
export const shutdownSignal = (): AbortSignal => controller.signal
