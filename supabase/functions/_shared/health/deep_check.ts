import type { Clock } from '../runtime/mod.ts'
import { createHealthChecks, type HealthCheck, overallStatus } from './health_check.ts'
import { observedProviders } from './provider_checks.ts'
import type { Component, DeepHealth, SystemHealth } from './schemas.ts'

/** What the deep check needs. */
export interface DeepCheckDeps {
  /** @param onSystemHealth to be told what the database says of itself */
  checks(onSystemHealth: (health: SystemHealth | null) => void): readonly HealthCheck[]
  readonly clock: Clock
  /** Memory that this isolate uses; null where the platform does not tell. */
  memoryBytes(): number | null
  /** Told after each look whether the database answered. */
  onDatabase(isReachable: boolean): void
  readonly cacheMs: number
  readonly timeoutMs: number
  readonly slowMs: number
}

/** The state of everything, with all details. */
export type WholeHealth = DeepHealth & { readonly details: NonNullable<DeepHealth['details']> }

/** Makes the deep check of one isolate. */
export function createDeepCheck(deps: DeepCheckDeps): () => Promise<WholeHealth> {
  let system: SystemHealth | null = null
  const checks = deps.checks((health) => {
    system = health
  })
  const runner = createHealthChecks(checks, deps)
  return async () => {
    const asked = await runner.run()
    deps.onDatabase(asked.get('database')?.status !== 'down')
    const components = new Map<string, Component>([
      ...asked,
      ...observedProviders(system?.providers ?? [], deps.clock.now()),
    ])
    return {
      status: overallStatus(checks, components),
      checked_at: deps.clock.now().toISOString(),
      details: { components: Object.fromEntries(components), resources: resourcesOf(system, deps.memoryBytes()) },
    }
  }
}

function resourcesOf(system: SystemHealth | null, isolate_memory_bytes: number | null) {
  if (!system) return null
  const { providers: _, ...resources } = system
  return { ...resources, isolate_memory_bytes }
}
