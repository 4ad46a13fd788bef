import {
  createLogger,
  type Env,
  isFunction,
  readEnv,
  runInBackground,
  shutdownSignal,
  systemClock,
} from '../runtime/mod.ts'
import { callService } from './call_service.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { Sentry } from './sentry.ts'

// State of an isolate and of nothing else: what it has not sent yet. Losing it loses measurements, never work.

const logger = createLogger('observability')

/** Measurements of this isolate. In a test that imports a function nothing is sent by itself. */
export const metrics: Metrics = createMetrics({
  async send(rows) {
    await callService(readEnv(), 'record_metrics', { metrics: rows })
  },
  clock: systemClock,
  logger,
  later(milliseconds, flush) {
    if (!isFunction) return
    runInBackground(
      new Promise<void>((resolve) => {
        setTimeout(() => flush().then(resolve), milliseconds)
      }),
    )
  },
})
shutdownSignal().addEventListener('abort', () => runInBackground(metrics.flush()), { once: true })

let client: { readonly dsn: string; readonly sentry: Promise<Sentry> } | undefined

/** Sentry's client of this isolate, loaded with the first thing there is to report; null without `SENTRY_DSN`. */
export async function isolateSentry(): Promise<Sentry | null> {
  const env = settings()
  if (!env?.SENTRY_DSN) return null
  if (client?.dsn !== env.SENTRY_DSN) {
    const { SENTRY_DSN: dsn, ATRIUM_ENV: environment, ATRIUM_RELEASE: release } = env
    client = {
      dsn,
      sentry: import('./sentry.ts').then(({ createSentry }) => createSentry({ dsn, environment, release })),
    }
  }
  return client.sentry
}

/** Hands something to Sentry after the answer, and waits for its delivery for at most two seconds. */
export function toSentry(report: (sentry: Sentry) => void): void {
  runInBackground(
    isolateSentry()
      .then(async (sentry) => {
        if (!sentry) return
        report(sentry)
        await sentry.flush(2000)
      })
      .catch((error: unknown) => logger.error('sentry_failed', error)),
  )
}

/** Part of all requests and jobs whose trace is sent; 0 without Sentry. */
export function tracesSampleRate(): number {
  const env = settings()
  return env?.SENTRY_DSN ? env.SENTRY_TRACES_SAMPLE_RATE : 0
}

/** Null when they are not valid, which whoever needs them says. */
function settings(): Env | null {
  try {
    return readEnv()
  } catch {
    return null
  }
}
