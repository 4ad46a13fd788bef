import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDials } from '../../../local/sandbox/providers/dials.ts'
import { readTokens, startReceiver, startTestSandbox, type TestSandbox } from './sandbox_support.ts'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox(null, 0, { webhookRetryDelaysMs: [10] })
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await sandbox.client.resetProvider('twilio')
  await sandbox.client.clearSms()
})

const path = '/twilio/2010-04-01/Accounts/AC1/Messages.json'
const authorization = `Basic ${Buffer.from('AC1:very-secret').toString('base64')}`

function send(fields: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> {
  const body = new URLSearchParams({ To: '+491701234567', From: '+4930123456', Body: 'Hello', ...fields })
  return sandbox.get(path, { method: 'POST', headers: { authorization }, body, ...init })
}

describe('the dials of a provider', () => {
  it('make the next calls fail, in the provider’s own words', async () => {
    await sandbox.client.setDials('twilio', { failNext: 2, failStatus: 429 })

    for (const _ of [1, 2]) {
      const response = await send()
      expect(response.status).toBe(429)
      expect(await response.json()).toMatchObject({ code: 20429, status: 429 })
    }
    expect((await send()).status).toBe(201)
    expect((await sandbox.client.listCalls('twilio')).map((call) => call.dial)).toEqual([null, 'failed', 'failed'])
    expect((await sandbox.client.listSms()).total).toBe(1)
  })

  it('never answer the next calls, which the caller gives up', async () => {
    await sandbox.client.setDials('twilio', { timeOutNext: 1 })

    await expect(send({}, { signal: AbortSignal.timeout(200) })).rejects.toThrow(/timeout/)
    expect((await send()).status).toBe(201)
    await expect
      .poll(async () => (await sandbox.client.listCalls('twilio')).map((call) => [call.status, call.dial]))
      .toContainEqual([null, 'timed-out'])
    expect((await sandbox.client.listSms()).total).toBe(1)
  })

  it('let answers wait', async () => {
    await sandbox.client.setDials('twilio', { latencyMs: 150 })
    const startedAt = performance.now()
    await send()

    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(145)
    expect((await sandbox.client.listCalls('twilio'))[0]).toMatchObject({ status: 201, dial: 'delayed' })
  })

  it('refuse a recipient, however the number is written', async () => {
    await sandbox.client.setDials('twilio', { rejectRecipients: ['+49 170 1234567'] })

    expect(await (await send()).json()).toMatchObject({ code: 21614, status: 400 })
    expect((await send({ To: '+491709999999' })).status).toBe(201)
  })

  it('make a share of the calls fail', () => {
    let next = 0
    const dials = createDials(() => [0.1, 0.3, 0.24, 0.9][next++ % 4] ?? 1)
    dials.set({ failRate: 0.25, failStatus: 503 })

    expect([1, 2, 3, 4].map(() => dials.decide('/x').failStatus)).toEqual([503, null, 503, null])
  })

  it('touch only calls whose path they name', async () => {
    await sandbox.client.setDials('twilio', { failNext: 1, only: 'Nothing' })

    expect((await send()).status).toBe(201)
    expect((await sandbox.get('/twilio/Nothing')).status).toBe(500)
  })

  it('go back to their defaults when they are set anew, and by a reset', async () => {
    await sandbox.client.setDials('twilio', { failNext: 5, latencyMs: 100 })
    expect(await sandbox.client.setDials('twilio', { failStatus: 503 })).toEqual({
      ...{ only: '', failNext: 0, failRate: 0, failStatus: 503, latencyMs: 0, timeOutNext: 0, rejectRecipients: [] },
    })
    await send()
    await sandbox.client.resetProvider('twilio')

    expect(await (await sandbox.get('/api/providers/twilio')).json()).toMatchObject({
      callCount: 0,
      dials: { failStatus: 500 },
    })
  })

  it('refuse what they cannot do', async () => {
    for (const dials of [{ failStatus: 200 }, { failRate: 2 }, { latencyMs: -1 }]) {
      await expect(sandbox.client.setDials('twilio', dials)).rejects.toMatchObject({ code: 'invalid_body' })
    }
    await expect(sandbox.client.setDials('nobody', {})).rejects.toMatchObject({ code: 'provider_not_found' })
    const unknown = await sandbox.get('/api/providers/twilio/dials', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"fail":1}',
    })
    expect(unknown.status).toBe(400)
  })
})

describe('the calls that a provider received', () => {
  it('are shown with what was said, but without secrets', async () => {
    await send()
    await sandbox.get('/identity/google/token?access_token=hidden-1', {
      method: 'POST',
      body: new URLSearchParams({ client_secret: 'hidden-2', code_verifier: 'hidden-3', grant_type: 'other' }),
      headers: { cookie: 'hidden-4', 'x-api-key': 'hidden-5' },
    })

    const [call] = await sandbox.client.listCalls('twilio')
    expect(call).toMatchObject({ method: 'POST', path, status: 201, dial: null })
    expect(call?.headers.authorization).toBe('Basic •••')
    expect(call?.body).toContain('Body=Hello')
    expect(JSON.parse(call?.answer ?? '')).toMatchObject({ status: 'queued' })
    const [token] = await sandbox.client.listCalls('google')
    expect(token?.body).toContain('grant_type=other')
    expect(JSON.stringify([call, token])).not.toMatch(/very-secret|hidden|dmVyeS1zZWNyZXQ/)
  })

  it('hide the tokens of an answer and the code of a redirect', async () => {
    await sandbox.client.setPeople({ people: [{ sub: 'a', name: 'Ana' }], auto: true })
    const query = new URLSearchParams({ client_id: 'c', redirect_uri: 'http://127.0.0.1:9/', login_hint: 'a' })
    const back = await sandbox.get(`/identity/google/o/oauth2/v2/auth?${query}`, { redirect: 'manual' })
    const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? ''
    const form = { client_id: 'c', client_secret: 's', code, redirect_uri: 'http://127.0.0.1:9/' }
    const body = new URLSearchParams({ grant_type: 'authorization_code', ...form })
    const { access_token } = await readTokens(sandbox.get('/identity/google/token', { method: 'POST', body }))
    const calls = JSON.stringify(await sandbox.client.listCalls('google'))

    expect(code).not.toBe('')
    expect(access_token).not.toBe('')
    expect(calls).not.toContain(code)
    expect(calls).not.toContain(access_token)
  })

  it('are cut where they are long, and only the newest are kept', async () => {
    await send({ Body: 'x'.repeat(20_000) })
    expect((await sandbox.client.listCalls('twilio'))[0]?.body).toMatch(/… cut, \d+ characters in all$/)
    for (let n = 0; n < 205; n++) await sandbox.get(`/twilio/${n}`)

    const calls = await sandbox.client.listCalls('twilio')
    expect(calls).toHaveLength(200)
    expect(calls[0]?.path).toBe('/twilio/204')
  })

  it('are told live', async () => {
    const stopped = new AbortController()
    const events = await sandbox.get('/api/events', { signal: stopped.signal })
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader()
    let heard = (await reader?.read())?.value ?? ''
    await send()
    while (!heard.includes('event: provider_call') || !heard.includes('event: sms\n')) {
      heard += (await reader?.read())?.value ?? ''
    }
    stopped.abort()
    expect(heard).toContain('"provider":"twilio"')
  })
})

describe('the buttons of a provider', () => {
  it('say what they need, and refuse to run without it', async () => {
    expect(await (await sandbox.get('/api/providers/twilio')).json()).toMatchObject({
      actions: [
        { name: 'report-status', unavailable: expect.any(String) },
        { name: 'inbound-message', unavailable: null },
      ],
    })
    await expect(sandbox.client.runAction('twilio', 'inbound-message', {})).rejects.toMatchObject({
      code: 'value_missing',
    })
    await expect(sandbox.client.runAction('twilio', 'nothing')).rejects.toMatchObject({ code: 'action_not_found' })
  })

  it('send a webhook that is tried again, at last given up, and can be sent once more', async () => {
    await using receiver = await startReceiver([500, 500, 200])
    const values = { from: '+491701234567', to: '+4930123456', body: 'Hi', account: 'AC1', url: receiver.url }
    await sandbox.client.runAction('twilio', 'inbound-message', values)
    await expect.poll(async () => (await sandbox.client.listWebhooks('twilio'))[0]?.state).toBe('failed')
    const [webhook] = await sandbox.client.listWebhooks('twilio')
    expect(webhook?.attempts.map((attempt) => attempt.status)).toEqual([500, 500])

    const again = await sandbox.get(`/api/webhooks/${webhook?.id}/resend`, { method: 'POST' })
    expect(await again.json()).toMatchObject({ state: 'delivered', attempts: [{}, {}, { status: 200 }] })
    expect((await sandbox.get('/api/webhooks/unknown/resend', { method: 'POST' })).status).toBe(404)
  })

  it('tell that nobody listens', async () => {
    const url = await startReceiver([200]).then(async (receiver) => {
      await receiver[Symbol.asyncDispose]()
      return receiver.url
    })
    const values = { from: '+491701234567', to: '+4930123456', body: 'Hi', account: 'AC1', url }

    expect(await sandbox.client.runAction('twilio', 'inbound-message', values)).toMatch(/not delivered: .*ECONNREFUSED/)
  })
})

it('changes nothing for a page of another origin', async () => {
  await send()
  for (const [method, path] of [
    ['DELETE', '/api/sms'],
    ['POST', '/api/providers/twilio/reset'],
  ] as const) {
    const response = await sandbox.get(path, { method, headers: { origin: 'https://evil.test' } })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'foreign_origin' })
  }
  expect((await sandbox.client.listSms()).total).toBe(1)
  const own = await sandbox.get('/api/sms', { method: 'DELETE', headers: { origin: sandbox.url } })
  expect(own.status).toBe(204)
})

describe('requests of functions', () => {
  const request = { function: 'health', method: 'GET', path: '/health', status: 200, durationMs: 12.4, cpuMs: 3.1 }

  it('are shown newest first, without query and tokens', async () => {
    await sandbox.get('/api/recordings', { method: 'DELETE' })
    await sandbox.client.record(request)
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdef'
    const id = '0198c0de-1111-7222-8333-444455556666'
    await sandbox.client.record({ ...request, path: `/unsubscribe/${token}/${id}?token=${token}` })

    const [newest, oldest] = await sandbox.client.listRecordings()
    expect(newest?.path).toBe(`/unsubscribe/•••/${id}`)
    expect(oldest).toMatchObject({ ...request, requestId: null, at: expect.any(String) })
  })

  it('are refused when they say more than they should', async () => {
    const response = await sandbox.get('/api/recordings', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...request, body: 'secret' }),
    })

    expect(response.status).toBe(400)
  })
})
