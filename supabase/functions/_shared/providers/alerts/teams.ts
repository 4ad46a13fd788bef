import { z } from 'zod'
import { requestProvider } from '../mod.ts'
import { alertFacts, alertTitle } from './alert_texts.ts'
import type { AlertMessage, AlertSender } from './port.ts'

/**
 * Posts a card through a Teams workflow, whose address holds the secret. The workflow accepts at once and posts later, and
 * knows no repetitions.
 */
export function createTeamsSender(options: { webhookUrl: string }): AlertSender {
  return {
    channel: 'teams',
    async send(message, { signal }) {
      await requestProvider({
        provider: 'teams',
        method: 'POST',
        url: options.webhookUrl,
        json: {
          type: 'message',
          attachments: [
            { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card(message) },
          ],
        },
        reads: 'text',
        schema: z.string(),
        signal,
        maxAttempts: 1,
        explain: ({ status }) => (misconfigured.has(status) ? { failure: 'misconfigured' } : {}),
      })
    },
  }
}

/** The workflow is gone, or its signature is not accepted. */
const misconfigured = new Set([401, 403, 404, 410])

function card(message: AlertMessage) {
  const color = message.event === 'resolved' ? 'Good' : message.severity === 'critical' ? 'Attention' : 'Warning'
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      { type: 'TextBlock', text: alertTitle(message), weight: 'Bolder', wrap: true, color },
      { type: 'FactSet', facts: alertFacts(message).map(([title, value]) => ({ title, value })) },
    ],
  }
}
