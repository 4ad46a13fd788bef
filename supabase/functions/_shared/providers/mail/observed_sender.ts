import { observeProviderCall } from '../../observability/mod.ts'
import type { Clock } from '../../runtime/mod.ts'
import { measuredCall } from '../measured_call.ts'
import type { MailSender } from './port.ts'

/** The same sender, measured; for one whose calls do not go through `requestProvider`. */
export function observedSender(sender: MailSender, clock: Clock): MailSender {
  const { provider } = sender
  return {
    provider,
    send: (message, options) =>
      measuredCall({ provider, operation: 'send', signal: options.signal, clock, observe: observeProviderCall }, () =>
        sender.send(message, options),
      ),
  }
}
