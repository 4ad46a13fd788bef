import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFunctionsService, edgeRuntimeSection, functionsSection } from '../../../local/functions/mod.ts'
import { createLogger } from '../../../local/logger.ts'
import { type MailDouble, startSmtpDouble } from '../../providers/mail_doubles.ts'
import { serve, type TestServer } from './support.ts'

const secret = 'v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjU'

describe("the project's own functions under Deno", () => {
  let mail: MailDouble
  let server: TestServer
  const lines: string[] = []
  beforeAll(async () => {
    mail = await startSmtpDouble('user', 'right')
    server = await serve(
      await createFunctionsService({
        functionsFolder: join(import.meta.dirname, '..', '..', '..', 'supabase', 'functions'),
        config: {
          functions: functionsSection.parse({ health: { verify_jwt: false }, 'auth-hooks': { verify_jwt: false } }),
          edge_runtime: edgeRuntimeSection.parse({}),
        },
        environment: {
          SUPABASE_URL: 'http://127.0.0.1:1',
          SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
          SEND_EMAIL_HOOK_SECRET: secret,
          SMTP_PORT: String(mail.port),
          SMTP_USER: 'user',
          SMTP_PASSWORD: 'right',
        },
        verifyToken: async () => ({}),
        logger: createLogger({ level: 'debug', write: (line) => lines.push(line) }),
        watch: false,
      }),
    )
  })
  afterAll(async () => {
    await server.close()
    await mail.close()
  })

  it('answers the liveness check', async () => {
    const response = await server.fetch('/health')
    expect(await response.json()).toEqual({ status: 'ok' })
    expect(response.headers.get('x-request-id')).toBeTruthy()
  })

  it('tells that the platform cannot be reached', async () => {
    const response = await server.fetch('/health/ready')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ status: 'degraded' })
  })

  it('sends the mail of a signed hook call over SMTP with the permissions it has', async () => {
    const body = JSON.stringify({
      user: { id: '1', email: 'ann@example.com' },
      email_data: { email_action_type: 'signup', token: '305805', token_hash: 'abc', site_url: 'http://127.0.0.1:1' },
    })
    const sentAt = new Date()
    const response = await server.fetch('/auth-hooks/send-email', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': 'call-1',
        'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
        'webhook-signature': new Webhook(secret.replace('v1,', '')).sign('call-1', sentAt, body),
      },
      body,
    })
    expect(await response.json()).toEqual({})
    expect(response.status).toBe(200)
    expect(mail.received).toHaveLength(1)
    expect(mail.received[0]).toMatchObject({ to: 'ann@example.com', subject: 'Confirm your address for Atrium' })
    // No database runs here, so the style of mails is the usual one, which is said; nothing else may be worth a warning.
    const said = lines.filter((line) => !line.includes('mail_style_unknown')).join('\n')
    expect(said).not.toMatch(/ann@example\.com|NotCapable| warn /)
    expect(lines.join('\n')).not.toContain('ann@example.com')
  })

  it('answers unknown paths of a function in the shape of the application', async () => {
    const response = await server.fetch('/health/nothing')
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'not_found' })
  })
})
