import type { MailSender } from '../mail/mod.ts'
import { alertFacts, alertTitle } from './alert_texts.ts'
import type { AlertSender } from './port.ts'

/** Writes a mail to the operators, by whatever way other mail goes. */
export function createMailAlertSender(options: { mail: MailSender; to: string }): AlertSender {
  return {
    channel: 'mail',
    async send(message, { idempotencyKey, signal }) {
      const facts = alertFacts(message).map(([name, value]) => `${name}: ${value}`)
      await options.mail.send(
        { to: { email: options.to }, subject: alertTitle(message), text: `${facts.join('\n')}\n`, tag: 'alert' },
        { idempotencyKey, signal },
      )
    },
  }
}
