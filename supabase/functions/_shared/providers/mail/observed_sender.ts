import { observeProviderCall } from '../../observability/mod.ts'
import type { Clock } from '../../runtime/mod.ts'
import { ProviderError } from '../provider_error.ts'
import type { MailSender } from './port.ts'

/** The same sender, measured; for one whose calls do not go through `requestProvider`. */
export function observedSender(sender: MailSender, clock: Clock): MailSender {
  const { provider } = sender
  return {
    provider,
    async send(message, options) {
      const startedAt = clock.now()
      const end = (outcome: 'ok' | 'refused' | 'failed') => {
        const durationMs = clock.now().getTime() - startedAt.getTime()
        observeProviderCall({ provider, operation: 'send', startedAt, durationMs, outcome })
      }
      try {
        const receipt = await sender.send(message, options)
        end('ok')
        return receipt
      } catch (error) {
        const isRefusal = error instanceof ProviderError && error.failure === 'refused'
        if (!options.signal.aborted) end(isRefusal ? 'refused' : 'failed')
        throw error
      }
    },
  }
}
