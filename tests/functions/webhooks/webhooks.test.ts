import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from '../../../supabase/functions/_shared/http/mod.ts'
import type { RpcClient } from '../../../supabase/functions/_shared/platform/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'
import {
  isRecent,
  isSecret,
  isSigned,
  rpcWebhookInbox,
  SignatureError,
  standardWebhooks,
  WebhookBodyError,
  type WebhookSource,
} from '../../../supabase/functions/_shared/webhooks/mod.ts'
import { addSource } from '../../../supabase/functions/webhooks/add_source.ts'

const secret = `whsec_${Buffer.from('the secret of today').toString('base64')}`
const nextSecret = `whsec_${Buffer.from('the secret of tomorrow').toString('base64')}`

/** A source as a domain writes it: several events in a call, a signature in hex, a check of the address. */
const acme: WebhookSource = {
  provider: 'acme',
  summary: 'Acme',
  verify(_env, { headers, body, receivedAt, url }) {
    const [at = '', signature = ''] = (headers.get('x-acme-signature') ?? '').split(',')
    if (!isSigned(signature, 'old|key', { algorithm: 'sha256', encoding: 'hex' }, at, url, body)) {
      throw new SignatureError('Cannot accept call: the signature does not match')
    }
    if (!isRecent(at, receivedAt)) throw new SignatureError('Cannot accept call: it is old')
  },
  read({ body }) {
    const text = new TextDecoder().decode(body)
    if (text === 'what') throw new WebhookBodyError('Cannot read webhook: the body is no list')
    return text.split(',').map((eventId) => ({ eventId, eventType: 'thing.made', payload: { eventId } }))
  },
  greet(_env, query) {
    if (query.get('token') !== 'key') throw new SignatureError('Cannot accept check: the token does not match')
    return query.get('challenge') ?? ''
  },
}

describe('the webhooks function', () => {
  let calls: { name: string; parameters: unknown }[]
  let lines: string[]
  let app: ReturnType<typeof createApp>
  let isDown = false
  beforeEach(() => {
    calls = []
    lines = []
    isDown = false
    vi.stubEnv('SUPABASE_URL', 'http://127.0.0.1:54321')
    vi.stubEnv('PUBLIC_URL', 'https://api.atrium.test')
    vi.stubEnv('SUPABASE_SECRET_KEYS', '{"default":"sb_secret_x"}')
    vi.stubEnv('WEBHOOK_SECRET', secret)
    const client: RpcClient = {
      async rpc(name, parameters) {
        calls.push({ name, parameters })
        return isDown ? { data: null, error: { message: 'no connection' } } : { data: 1, error: null }
      },
    }
    app = createApp('webhooks', {
      maxBodyBytes: 1000,
      logger: createLogger('test', (_level, line) => lines.push(line)),
    })
    addSource(app, acme, () => rpcWebhookInbox(client))
    addSource(
      app,
      standardWebhooks('standard', 'Anybody', (env) => env.WEBHOOK_SECRET),
      () => rpcWebhookInbox(client),
    )
  })
  afterEach(() => vi.unstubAllEnvs())

  /** Calls the standard source as a sender does. */
  const send = (
    body: string,
    options: { id?: string; sentAt?: Date; secret?: string; signed?: string; headers?: Record<string, string> } = {},
  ) => {
    const { id = 'msg_1', sentAt = new Date() } = options
    return app.fetch(
      new Request('http://internal/webhooks/standard', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
          'webhook-signature': new Webhook(options.secret ?? secret).sign(id, sentAt, options.signed ?? body),
          ...options.headers,
        },
        body,
      }),
    )
  }
  const paid = JSON.stringify({ type: 'invoice.paid', timestamp: '2026-01-01T00:00:00Z', data: { id: 'in_1', sum: 5 } })

  it('[SEC-23] stores the event of a signed call and then answers 200', async () => {
    const response = await send(paid)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ received: 1 })
    expect(calls).toEqual([
      {
        name: 'store_webhook_events',
        parameters: {
          provider: 'standard',
          events: [
            {
              event_id: 'msg_1',
              event_type: 'invoice.paid',
              object_key: 'invoice:in_1',
              occurred_at: '2026-01-01T00:00:00.000Z',
              payload: JSON.parse(paid),
              headers: {},
            },
          ],
        },
      },
    ])
  })

  it.each([
    ['is signed with another secret', { secret: nextSecret }],
    ['was signed with another body', { signed: `${paid} ` }],
    ['is signed with another id', { headers: { 'webhook-id': 'msg_2' } }],
    ['is not signed', { headers: { 'webhook-signature': '' } }],
    ['was recorded six minutes ago', { sentAt: new Date(Date.now() - 6 * 60_000) }],
    ['comes from six minutes ahead', { sentAt: new Date(Date.now() + 6 * 60_000) }],
    ['is recorded and dressed up as new', { sentAt: new Date(0), headers: { 'webhook-timestamp': '9999999999' } }],
  ])('[SEC-23] answers 401 and keeps nothing when the call %s', async (_name, options) => {
    const response = await send(paid, options)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'signature_invalid' })
    expect(calls).toEqual([])
  })

  it('[SEC-23] looks at the signature before it reads the body', async () => {
    const response = await send('no json', { secret: nextSecret })
    expect(await response.json()).toMatchObject({ code: 'signature_invalid' })
    expect(await (await send('no json')).json()).toMatchObject({ code: 'webhook_body_invalid' })
    expect((await send('{"type":""}')).status).toBe(400)
    expect(calls).toEqual([])
  })

  it('[SEC-23] accepts both secrets while one replaces the other, and nothing without a secret', async () => {
    vi.stubEnv('WEBHOOK_SECRET', `${secret}|v1,${nextSecret}`)
    expect((await send(paid)).status).toBe(200)
    expect((await send(paid, { secret: nextSecret })).status).toBe(200)
    vi.stubEnv('WEBHOOK_SECRET', nextSecret)
    expect((await send(paid)).status).toBe(401)
    vi.stubEnv('WEBHOOK_SECRET', '')
    expect((await send(paid)).status).toBe(401)
    expect(calls).toHaveLength(2)
  })

  it('answers 500 when the event is not stored, so that it is sent again', async () => {
    isDown = true
    const response = await send(paid)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('no connection')
  })

  it('keeps an event that Postgres could not: NUL, half a character, a long id', async () => {
    const response = await send(
      '{"type":"note.made","data":{"id":"n","text":"a\\u0000b\\ud800","k\\u0000":[1,null]}}',
      {
        id: 'x'.repeat(300),
      },
    )
    expect(response.status).toBe(200)
    expect(calls[0]?.parameters).toMatchObject({
      events: [
        {
          event_id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
          payload: { data: { text: 'ab\ufffd', k: [1, null] } },
        },
      ],
    })
  })

  it('reads no large body', async () => {
    expect((await send(`{"type":"a.b","data":{"text":"${'x'.repeat(1000)}"}}`)).status).toBe(413)
    expect(calls).toEqual([])
  })

  it('writes neither content nor ids of people into the log', async () => {
    await send(paid)
    await send('{"type":"a.b","data":{"id":"ann@example.com"}}', { secret: nextSecret })
    expect(lines.join('\n')).toContain('webhook_received')
    expect(lines.join('\n')).not.toMatch(/in_1|ann@|whsec_/)
  })

  /** Calls the source of the domain. */
  const callAcme = (body: string, { key = 'key', at = Math.floor(Date.now() / 1000), query = '?a=1' } = {}) => {
    const url = 'https://api.atrium.test/functions/v1/webhooks/acme?a=1'
    const signature = createHmac('sha256', key).update(`${at}${url}${body}`).digest('hex')
    const headers = { 'x-acme-signature': `${at},${signature}` }
    return app.fetch(new Request(`http://internal/webhooks/acme${query}`, { method: 'POST', headers, body }))
  }

  it('[SEC-23] stores all events of a call together, signed over the public address with a secret of its own', async () => {
    expect(await (await callAcme('e1,e2')).json()).toEqual({ received: 2 })
    expect(calls).toMatchObject([
      { parameters: { provider: 'acme', events: [{ event_id: 'e1' }, { event_id: 'e2' }] } },
    ])
    expect((await callAcme('e1', { key: 'old' })).status).toBe(200)
    expect((await callAcme('e1', { key: 'other' })).status).toBe(401)
    expect((await callAcme('e1', { query: '?a=2' })).status).toBe(401)
    expect((await callAcme('e1', { at: Math.floor(Date.now() / 1000) - 301 })).status).toBe(401)
    expect((await callAcme('what')).status).toBe(400)
    expect(calls).toHaveLength(2)
  })

  it('answers the check of an address to who knows the token', async () => {
    const check = (query: string) => app.fetch(new Request(`http://internal/webhooks/acme?${query}`))
    const response = await check('token=key&challenge=123')
    expect([response.status, await response.text()]).toEqual([200, '123'])
    expect((await check('token=no&challenge=123')).status).toBe(401)
    expect((await app.fetch(new Request('http://internal/webhooks/standard'))).status).toBe(405)
    expect((await app.fetch(new Request('http://internal/webhooks/nobody', { method: 'POST' }))).status).toBe(404)
  })
})

it('finds no signature right that was made with no secret', () => {
  const hmac = { algorithm: 'sha256', encoding: 'hex' } as const
  const empty = createHmac('sha256', '').update('body').digest('hex')
  for (const secrets of [undefined, '', ' | ']) expect(isSigned(empty, secrets, hmac, 'body')).toBe(false)
  expect(isRecent('', new Date())).toBe(false)
  expect(isRecent('NaN', new Date())).toBe(false)
})

it('[SEC-23] knows a shared secret by all of it, and each of those that are current', () => {
  expect(isSecret('new', 'old|new')).toBe(true)
  expect(isSecret('old', 'old|new')).toBe(true)
  for (const given of ['', 'ne', 'news', 'old|new']) expect(isSecret(given, 'old|new')).toBe(false)
  expect(isSecret('', undefined)).toBe(false)
})
