import { TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withConnection } from '../../../local/postgres/database.ts'
import { type SandboxClient, sandboxClient } from '../../../local/sandbox/client.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const wait = { timeout: 40_000, interval: 200 }

describe('observability, through the running stack', { timeout: 90_000 }, () => {
  let stack: TestStack
  let sandbox: SandboxClient
  beforeAll(async () => {
    stack = await testStack()
    sandbox = sandboxClient(stack.sandboxUrl)
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  const call = (path: string, init: RequestInit = {}) => fetch(`${stack.apiUrl}/functions/v1${path}`, init)
  const secret = () => ({ apikey: stack.secrets.keys.secretKey, 'content-type': 'application/json' })
  const sql = <Row extends object>(statement: string) =>
    withConnection(stack.database.url, async (db) => [...(await db.unsafe<Row[]>(statement))])

  it('[OBS-12] [OBS-19] measures every request, soon after it was answered', async () => {
    for (const path of ['/health', '/health', '/health/nowhere']) await (await call(path)).body?.cancel()
    const measured = () =>
      sql<{ name: string; calls: number; refused: number; counted: number }>(`
        select name, sum(call_count)::int as calls, sum(refused_count)::int as refused,
          sum((select sum(size) from unnest(latency_counts) as size))::int as counted
        from private.request_metrics where kind = 'endpoint' and function_name = 'health' group by name order by name`)
    await expect
      .poll(measured, wait)
      .toEqual(expect.arrayContaining([{ name: 'GET /health', calls: 2, refused: 0, counted: 2 }]))
    await expect.poll(async () => (await measured()).reduce((sum, { refused }) => sum + refused, 0), wait).toBe(1)
  })

  it('[TST-24] [OBS-06] [OBS-09] shows an error in Sentry with its context and without personal data', async () => {
    const organization_id = '7d2f6a52-6d5f-4d8c-9a55-0c8a2f3b1c11'
    const answer = await call('/health/test-error', {
      method: 'POST',
      headers: { ...secret(), 'x-request-id': 'request-of-the-test' },
      body: JSON.stringify({ organization_id }),
    })
    expect(answer.status).toBe(500)
    const events = async () => {
      const listed = await fetch(`${stack.sandboxUrl}/sentry/api/0/projects/local/1/events/`)
      return z.array(z.looseObject({ type: z.string().optional() })).parse(await listed.json())
    }
    const errors = async () => (await events()).filter(({ type }) => type === undefined)
    await expect.poll(async () => (await errors()).length, wait).toBe(1)
    const [event] = await errors()
    expect(event).toMatchObject({
      environment: 'development',
      tags: {
        ...{ error_kind: 'request', function: 'health', operation: 'POST /health/test-error' },
        ...{ request_id: 'request-of-the-test', organization_id },
      },
      contexts: { trace: { trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) } },
      exception: {
        values: [
          {
            type: 'Error',
            value: expect.stringMatching(/^Test error.*\[address\]$/),
            stacktrace: { frames: expect.arrayContaining([expect.objectContaining({ lineno: expect.any(Number) })]) },
          },
        ],
      },
    })
    expect(JSON.stringify(event)).not.toMatch(/somebody@|sb_secret_|server_name/)
  })

  it('[OBS-10] [OBS-24] tells Slack of a failed payment at once and once, and of the recovery', async () => {
    const posted = async () =>
      (await sandbox.listCalls('slack')).map(
        ({ body }) => z.object({ text: z.string() }).parse(JSON.parse(body ?? '')).text,
      )
    const fail = (key: string) =>
      sql(`select private.emit_event('payment.failed', (select id from public.organizations limit 1), '{}', '${key}')`)
    const counted = () =>
      sql<{ state: string }>(`select state::text as state from private.jobs where kind = 'alert.count_event'`)
    await fail('first')
    await expect.poll(posted, wait).toEqual(['Alert: payment_failed (critical, development)'])
    await fail('second')
    await expect.poll(counted, wait).toEqual([{ state: 'succeeded' }, { state: 'succeeded' }])
    await stack.adminClient().rpc('evaluate_alerts')
    // Nothing failed any more for longer than the rule looks back and waits.
    await sql(`update private.request_metrics set minute_at = minute_at - interval '20 minutes' where kind = 'event'`)
    await stack.adminClient().rpc('evaluate_alerts')
    await sql(`update private.alerts set good_since = good_since - interval '20 minutes'`)
    await stack.adminClient().rpc('evaluate_alerts')
    await expect
      .poll(posted, wait)
      .toEqual(['Recovered: payment_failed (critical, development)', 'Alert: payment_failed (critical, development)'])
    const mail = await sandbox.waitForMail({ to: 'operators@atrium.test', subject: 'Recovered' })
    expect(mail.subject).toBe('Recovered: payment_failed (critical, development)')
    expect(await sandbox.listCalls('teams')).toHaveLength(2)
  })

  it('[OBS-13] [OBS-14] [OBS-15] [OBS-16] [OBS-17] [OBS-18] tells operators how every part is, and everybody else one word', async () => {
    const providers = () => sql<{ name: string }>(`select name from private.request_metrics where name = 'slack.POST'`)
    await expect.poll(async () => (await providers()).length, wait).toBeGreaterThan(0)
    const anonymous = await call('/health/deep')
    expect(anonymous.status).toBe(200)
    // On a busy machine an answer may take longer than a second.
    const status = expect.stringMatching(/^(ok|degraded)$/)
    expect(await anonymous.json()).toEqual({ status, checked_at: expect.any(String), details: null })
    const operator = await call('/health/deep', { headers: secret() })
    const well = { status, latency_ms: expect.any(Number), checked_at: expect.any(String) }
    expect(await operator.json()).toMatchObject({
      status,
      details: {
        components: {
          ...{ database: well, auth: well, storage: well, realtime: well, functions: well, mail: well },
          // Called by the test before.
          'provider.slack': { status: 'ok', latency_ms: null },
        },
        resources: {
          connections_used: expect.any(Number),
          database_bytes: expect.any(Number),
          due_job_count: expect.any(Number),
          isolate_memory_bytes: expect.any(Number),
        },
      },
    })
  })

  it('[OBS-14] tells a platform admin how every part is once the second factor was given, and not before', async () => {
    const [email, password] = [`${crypto.randomUUID()}@example.com`, 'Correct-horse-1']
    const made = await stack
      .adminClient()
      .auth.admin.createUser({ email, password, email_confirm: true, app_metadata: { platform_admin: true } })
    expect(made.error).toBeNull()
    const client = stack.client()
    expect((await client.auth.signInWithPassword({ email, password })).error).toBeNull()
    const details = async () => {
      const { data } = await client.auth.getSession()
      const answer = await call('/health/deep', { headers: { authorization: `Bearer ${data.session?.access_token}` } })
      return z.object({ details: z.unknown() }).parse(await answer.json()).details
    }
    expect(await details()).toBeNull()
    const { data: enrolled } = await client.auth.mfa.enroll({ factorType: 'totp' })
    const secret = enrolled?.type === 'totp' ? enrolled.totp.secret : ''
    const code = new TOTP({ secret }).generate()
    expect((await client.auth.mfa.challengeAndVerify({ factorId: enrolled?.id ?? '', code })).error).toBeNull()
    expect(await details()).toMatchObject({ components: { database: { status: expect.any(String) } } })
  })
})
