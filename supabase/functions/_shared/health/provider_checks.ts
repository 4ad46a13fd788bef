import { checkMail } from '../providers/mail/mod.ts'
import { ProviderError } from '../providers/mod.ts'
import { virusScanner } from '../providers/virus-scanner/mod.ts'
import type { Env } from '../runtime/mod.ts'
import { type HealthCheck, HealthProblem } from './health_check.ts'
import type { Component, SystemHealth } from './schemas.ts'

/**
 * The provider ports that can be asked without doing anything. A port adds its line here; what cannot be asked is judged by
 * the calls of the last minutes, see {@link observedProviders}.
 */
export function providerChecks(env: Env): readonly HealthCheck[] {
  const scanner = virusScanner(env)
  return [
    check('mail', (signal) => checkMail(env, signal)),
    ...(scanner ? [check('virus_scanner', async (signal) => void (await scanner.version(signal)))] : []),
  ]
}

function check(name: string, ask: (signal: AbortSignal) => Promise<void>): HealthCheck {
  return {
    name,
    isCritical: false,
    async ask(signal) {
      try {
        await ask(signal)
      } catch (error) {
        throw error instanceof ProviderError ? new HealthProblem(error.failure) : error
      }
    },
  }
}

/** Fewer calls than this say nothing. */
const leastCalls = 3

/** The providers that were called in the last minutes, as those calls went: down when most failed, degraded when some did. */
export function observedProviders(providers: SystemHealth['providers'], now: Date): ReadonlyMap<string, Component> {
  return new Map(
    providers.map(({ name, call_count, failed_count }) => {
      const failedPercent = call_count < leastCalls ? 0 : Math.round((100 * failed_count) / call_count)
      const status = failedPercent > 50 ? 'down' : failedPercent > 5 ? 'degraded' : 'ok'
      const reason = status === 'ok' ? null : `${failedPercent} % of ${call_count} calls failed`
      return [`provider.${name}`, { status, reason, latency_ms: null, checked_at: now.toISOString() }] as const
    }),
  )
}
