import { z } from 'zod'
import { requestProvider } from '../mod.ts'
import { alertFacts, alertTitle } from './alert_texts.ts'
import type { AlertSender } from './port.ts'

/** Posts to the channel of an incoming webhook, whose address is the secret. Slack knows no repetitions. */
export function createSlackSender(options: { webhookUrl: string }): AlertSender {
  return {
    channel: 'slack',
    async send(message, { signal }) {
      const title = escapeText(alertTitle(message))
      const facts = alertFacts(message).map(([name, value]) => `${escapeText(name)}: ${escapeText(value)}`)
      const text = `*${title}*\n${facts.join('\n')}`
      await requestProvider({
        provider: 'slack',
        method: 'POST',
        url: options.webhookUrl,
        json: { text: title, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: text.slice(0, 3000) } }] },
        reads: 'text',
        schema: z.literal('ok'),
        signal,
        maxAttempts: 1,
        explain: ({ status }) => (misconfigured.has(status) ? { failure: 'misconfigured' } : {}),
      })
    },
  }
}

/** The webhook was taken away, or its channel was. */
const misconfigured = new Set([403, 404, 410])

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (character) => entities[character] ?? character)
}
