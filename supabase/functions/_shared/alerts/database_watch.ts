import type { AlertMessage } from '../providers/alerts/mod.ts'
import type { Clock, Logger } from '../runtime/mod.ts'
import type { AlertDelivery } from './send_alert_job.ts'

/** What the watch needs. */
export interface DatabaseWatchDeps {
  readonly clock: Clock
  readonly logger: Logger
  delivery(logger: Logger): AlertDelivery
  /** Lets the messages go out after the answer. */
  background(task: Promise<unknown>): void
  /** Time between two messages of one outage; an hour when left out. */
  readonly repeatMs?: number
}

/** Knows whether the database was there. */
export interface DatabaseWatch {
  /** Told each time somebody looked. Never throws and never waits. */
  observe(isReachable: boolean): void
}

/** Longest time of one message. */
const sendTimeoutMs = 10_000

/**
 * Makes the watch that tells operators when the database is gone: the one alert that the database cannot raise itself, so
 * it has neither rule nor job, and goes out directly. It tells at once, again each hour, and when it is over. Its memory is
 * this isolate's: another one that also sees the outage tells it, too.
 */
export function createDatabaseWatch(deps: DatabaseWatchDeps): DatabaseWatch {
  const { clock, logger, repeatMs = 3_600_000 } = deps
  let since: Date | null = null
  let toldAt: Date | null = null

  async function tell(event: AlertMessage['event'], start: Date): Promise<void> {
    try {
      const { senders, environment } = deps.delivery(logger)
      const message: AlertMessage = {
        ...{ event, rule: 'database_unreachable', subject: '', severity: 'critical', environment },
        ...{ summary: 'Database does not answer', value: event === 'resolved' ? 0 : 1, threshold: 0, since: start },
      }
      const idempotencyKey = `database_unreachable:${start.getTime()}:${event}:${clock.now().getTime()}`
      const signal = AbortSignal.timeout(sendTimeoutMs)
      const sent = await Promise.allSettled(senders.map((sender) => sender.send(message, { idempotencyKey, signal })))
      for (const one of sent) if (one.status === 'rejected') logger.error('alert_not_sent', one.reason)
    } catch (error) {
      logger.error('alert_not_sent', error)
    }
  }

  return {
    observe(isReachable) {
      const now = clock.now()
      if (isReachable) {
        if (since && toldAt) deps.background(tell('resolved', since))
        since = null
        toldAt = null
        return
      }
      since ??= now
      if (toldAt && now.getTime() - toldAt.getTime() < repeatMs) return
      deps.background(tell(toldAt ? 'repeated' : 'fired', since))
      toldAt = now
    },
  }
}
