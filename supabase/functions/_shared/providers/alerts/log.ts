import type { Logger } from '../../runtime/mod.ts'
import type { AlertSender } from './port.ts'

/** Writes alerts into the log, where an aggregator may pick them up. */
export function createLogSender(options: { logger: Logger }): AlertSender {
  return {
    channel: 'log',
    async send(message) {
      const { event, since, ...facts } = message
      options.logger.warn(`alert_${event}`, { ...facts, since: since.toISOString() })
    },
  }
}
