import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AlertMessage, alertSenders } from '../../supabase/functions/_shared/providers/alerts/mod.ts'
import { ProviderError } from '../../supabase/functions/_shared/providers/mod.ts'
import { createLogger, readEnv } from '../../supabase/functions/_shared/runtime/mod.ts'
import { startTestSandbox, type TestSandbox } from '../local/sandbox/sandbox_support.ts'

const message: AlertMessage = {
  event: 'fired',
  rule: 'provider_down',
  subject: 'post<mark>',
  severity: 'critical',
  summary: 'Percent of calls to a provider that failed',
  value: 83.33,
  threshold: 50,
  since: new Date(Date.UTC(2026, 0, 1, 12)),
  environment: 'staging',
}
const title = 'Alert: provider_down of post<mark> (critical, staging)'

describe('the port of alerts', () => {
  let sandbox: TestSandbox
  const lines: string[] = []
  beforeAll(async () => {
    sandbox = await startTestSandbox()
  })
  afterAll(() => sandbox.close())
  beforeEach(async () => {
    lines.length = 0
    await sandbox.client.resetProvider('slack')
    await sandbox.client.resetProvider('teams')
    await sandbox.client.clear()
  })

  const senders = (slackPath = '/slack/services/T1/B1/secret') =>
    alertSenders(
      readEnv({
        SUPABASE_URL: 'http://127.0.0.1:54321',
        SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
        SMTP_PORT: String(sandbox.smtpPort),
        ALERT_SLACK_WEBHOOK_URL: `${sandbox.url}${slackPath}`,
        ALERT_TEAMS_WEBHOOK_URL: `${sandbox.url}/teams/workflows/1/triggers/manual/paths/invoke?sig=secret`,
        ALERT_MAIL_TO: 'operators@example.test',
      }),
      createLogger('test', (_level, line) => lines.push(line)),
    )
  const send = async (channel: string, given: Partial<AlertMessage> = {}, signal = AbortSignal.timeout(10_000)) => {
    const sender = senders().find((one) => one.channel === channel)
    await sender?.send({ ...message, ...given }, { idempotencyKey: 'alert:1', signal })
  }
  /** What arrived on a channel, as text. */
  const received: Record<string, () => Promise<string>> = {
    slack: async () => (await sandbox.client.listCalls('slack'))[0]?.body ?? '',
    teams: async () => (await sandbox.client.listCalls('teams'))[0]?.body ?? '',
    mail: async () => {
      const mail = await sandbox.client.waitForMail({ to: 'operators@example.test' })
      return `${mail.subject}\n${mail.text}`
    },
    log: async () => lines.join('\n'),
  }

  it('has the log always, and the other channels when they are set up', () => {
    expect(senders().map(({ channel }) => channel)).toEqual(['log', 'slack', 'teams', 'mail'])
    const bare = readEnv({
      SUPABASE_URL: 'http://127.0.0.1:54321',
      SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
    })
    expect(alertSenders(bare, createLogger('test')).map(({ channel }) => channel)).toEqual(['log'])
  })

  it.each(['slack', 'teams', 'mail', 'log'])(
    '[OBS-10] says over %s what is wrong, since when and where',
    async (channel) => {
      await send(channel)
      const text = (await received[channel]?.()) ?? ''
      for (const part of ['provider_down', 'critical', 'staging', '83.33', '50', '2026-01-01T12:00:00.000Z']) {
        expect(text).toContain(part)
      }
    },
  )

  it.each(['slack', 'teams', 'mail'])('says over %s that it is over', async (channel) => {
    await send(channel, { event: 'resolved' })
    expect(await received[channel]?.()).toContain('Recovered: provider_down')
  })

  it('escapes what Slack would take for markup', async () => {
    await send('slack')
    expect(JSON.parse((await received.slack?.()) ?? '')).toMatchObject({
      text: title.replace('<', '&lt;').replace('>', '&gt;'),
    })
  })

  it('posts a card to Teams whose title is the alert', async () => {
    await send('teams')
    expect(JSON.parse((await received.teams?.()) ?? '')).toMatchObject({
      attachments: [{ content: { body: [{ text: title, color: 'Attention' }, { type: 'FactSet' }] } }],
    })
  })

  it.each([
    ['slack', 500, 'unavailable', true],
    ['slack', 429, 'throttled', true],
    ['slack', 404, 'misconfigured', false],
    ['teams', 503, 'unavailable', true],
    ['teams', 429, 'throttled', true],
    ['teams', 401, 'misconfigured', false],
  ])('fails alike on every channel: %s answers %i', async (channel, failStatus, failure, isRetryable) => {
    await sandbox.client.setDials(channel, { failNext: 1, failStatus })
    const error = await send(channel).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ProviderError)
    expect(error).toMatchObject({ failure, isRetryable })
    expect(await sandbox.client.listCalls(channel)).toHaveLength(1)
  })

  it.each(['slack', 'teams', 'mail'])('gives up on %s when it is told to', async (channel) => {
    await expect(send(channel, {}, AbortSignal.abort())).rejects.toMatchObject({ failure: 'aborted' })
  })

  it('is told by Slack that there is no such webhook', async () => {
    const [, slack] = senders('/slack/services/X/B1/secret')
    const sending = slack?.send(message, { idempotencyKey: 'alert:1', signal: AbortSignal.timeout(10_000) })
    await expect(sending).rejects.toMatchObject({ failure: 'misconfigured' })
  })
})
