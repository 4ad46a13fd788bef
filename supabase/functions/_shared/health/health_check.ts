import type { Clock } from '../runtime/mod.ts'
import type { Component } from './schemas.ts'

/** Asks one component whether it is well. */
export interface HealthCheck {
  readonly name: string
  /** Without it nothing works: the whole is down when it is. */
  readonly isCritical: boolean
  /** @throws {HealthProblem} with a reason that may be told; other errors are told as "cannot be reached" */
  ask(signal: AbortSignal): Promise<void>
}

/** Why a component is not well, without addresses, keys or names. */
export class HealthProblem extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'HealthProblem'
  }
}

/** What the checks need. */
export interface HealthDeps {
  readonly clock: Clock
  /** How long an answer is good for. */
  readonly cacheMs: number
  /** Longest time of one check. */
  readonly timeoutMs: number
  /** An answer that took longer is degraded. */
  readonly slowMs: number
}

/** Runs checks, all at once. */
export interface HealthChecks {
  /** The newest answers by name; asks again only what is older than the cache allows. Never rejects. */
  run(): Promise<ReadonlyMap<string, Component>>
}

/**
 * Makes a runner that keeps answers for a while and asks each component only once at a time, however many look: a public
 * address must not become a way to call providers.
 */
export function createHealthChecks(checks: readonly HealthCheck[], deps: HealthDeps): HealthChecks {
  const answers = new Map<string, { readonly at: number; readonly component: Promise<Component> }>()
  const now = () => deps.clock.now().getTime()

  function answerOf(one: HealthCheck): Promise<Component> {
    const known = answers.get(one.name)
    if (known && now() - known.at < deps.cacheMs) return known.component
    const component = askOnce(one, deps)
    answers.set(one.name, { at: now(), component })
    return component
  }

  return {
    async run() {
      const found = await Promise.all(checks.map(async (one) => [one.name, await answerOf(one)] as const))
      return new Map(found)
    },
  }
}

async function askOnce(one: HealthCheck, { clock, timeoutMs, slowMs }: HealthDeps): Promise<Component> {
  const startedAt = clock.now()
  const signal = AbortSignal.timeout(timeoutMs)
  const component = (status: Component['status'], reason: string | null): Component => ({
    status,
    reason,
    latency_ms: clock.now().getTime() - startedAt.getTime(),
    checked_at: startedAt.toISOString(),
  })
  try {
    await Promise.race([one.ask(signal), rejectWhen(signal)])
    const latencyMs = clock.now().getTime() - startedAt.getTime()
    return latencyMs > slowMs ? component('degraded', `took longer than ${slowMs} ms`) : component('ok', null)
  } catch (error) {
    const reason = error instanceof HealthProblem ? error.message : 'cannot be reached'
    return component('down', signal.aborted ? 'did not answer in time' : reason)
  }
}

/** For what does not listen to the signal. */
function rejectWhen(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** The whole: down without a critical component, degraded without any other. */
export function overallStatus(
  checks: readonly HealthCheck[],
  components: ReadonlyMap<string, Component>,
): Component['status'] {
  if (checks.some(({ name, isCritical }) => isCritical && components.get(name)?.status === 'down')) return 'down'
  return [...components.values()].every(({ status }) => status === 'ok') ? 'ok' : 'degraded'
}
