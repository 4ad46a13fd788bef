import { Webhook } from 'standardwebhooks'
import { describe, expect, it, vi } from 'vitest'
import {
  OutgoingError,
  type SafeFetchOptions,
  type SafeResponse,
} from '../../../supabase/functions/_shared/outgoing/mod.ts'
import { sendWebhook } from '../../../supabase/functions/_shared/platform/mod.ts'

const [current, former] = [`whsec_${btoa('a'.repeat(32))}`, `whsec_${btoa('b'.repeat(32))}`]
const webhook = { messageId: 'msg_1', url: 'https://hook.example.test/', secrets: [current, former], body: '{"a":1}' }

/** Sends while the receiver answers like this. */
async function send(answer: { status?: number; headers?: Record<string, string>; body?: string } | Error) {
  const clock = { now: () => new Date() }
  const fetch = vi.fn(async (_url: string, _options: SafeFetchOptions): Promise<SafeResponse> => {
    if (answer instanceof Error) throw answer
    return {
      status: answer.status ?? 200,
      headers: new Map(Object.entries(answer.headers ?? {})),
      body: new TextEncoder().encode(answer.body ?? ''),
      isCut: false,
      url: webhook.url,
    }
  })
  const signal = new AbortController().signal
  const made = await sendWebhook({ fetch, allowedHosts: ['a:1'], clock, signal }, webhook)
  const [url, options] = fetch.mock.calls[0] ?? []
  return { made, url, options }
}

describe('sending a webhook', () => {
  it('[A11-01] signs id, time and body with each secret, as the library of the scheme checks it', async () => {
    const { url, options } = await send({})
    expect(url).toBe(webhook.url)
    expect(options).toMatchObject({ method: 'POST', body: webhook.body, allowedHosts: ['a:1'], timeoutMs: 15_000 })
    const headers = { ...options?.headers }
    for (const secret of [current, former]) {
      expect(new Webhook(secret).verify(webhook.body, headers)).toEqual({ a: 1 })
      expect(() => new Webhook(secret).verify('{"a":2}', headers)).toThrow()
    }
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2)
    expect(headers['webhook-id']).toBe('msg_1')
  })

  it('[A11-09] [A11-01] follows no redirect', async () => {
    const { made, options } = await send({ status: 302, headers: { location: 'http://169.254.169.254/' } })
    expect(options?.maxRedirects ?? 0).toBe(0)
    expect(made).toMatchObject({ responseStatus: 302, error: 'The endpoint answered 302', isPermanent: false })
  })

  it('[A11-02] tells what the receiver said, and how long it asks to wait', async () => {
    expect((await send({ status: 204 })).made).toMatchObject({
      responseStatus: 204,
      error: null,
      retryAfterSeconds: null,
    })
    const busy = await send({ status: 503, headers: { 'retry-after': '120' }, body: 'busy' })
    expect(busy.made).toMatchObject({ responseStatus: 503, responseBody: 'busy', retryAfterSeconds: 120 })
    const until = new Date(Date.now() + 3_600_000).toUTCString()
    const later = await send({ status: 429, headers: { 'retry-after': until } })
    expect(later.made.retryAfterSeconds).toBeGreaterThan(3_500)
    for (const header of ['soon', '-1', '1e9', 'Thu, 01 Jan 1970 00:00:00 GMT']) {
      const { made } = await send({ status: 429, headers: { 'retry-after': header } })
      expect(made.retryAfterSeconds ?? 0).toBe(0)
    }
  })

  it('[A11-02] keeps a short answer without secrets and addresses', async () => {
    const { options } = await send({})
    const echo = `${current} ${options?.headers?.['webhook-signature']} ana@example.test \0 ${'x'.repeat(4000)}`
    const kept = (await send({ status: 400, body: echo })).made.responseBody ?? ''
    expect(kept).toMatch(/^\[key\] \[signature\] \[signature\] \[address\] {2}x+$/)
    expect(kept).toHaveLength(1_000)
  })

  it('[A11-09] [SEC-26] tells why no answer came, and when trying again is in vain', async () => {
    const refused = await send(new OutgoingError('address_not_allowed', 'no'))
    expect(refused.made).toMatchObject({ error: 'address_not_allowed', responseStatus: null, isPermanent: true })
    const silent = await send(new OutgoingError('timed_out', 'no'))
    expect(silent.made).toMatchObject({ error: 'timed_out', responseStatus: null, isPermanent: false })
    await expect(send(new TypeError('A fault of ours'))).rejects.toThrow('A fault of ours')
  })

  it('blames nobody when the worker’s time is over', async () => {
    const fetch = () => Promise.reject(new OutgoingError('timed_out', 'no'))
    const deps = {
      fetch,
      allowedHosts: [],
      clock: { now: () => new Date() },
      signal: AbortSignal.abort(new Error('over')),
    }
    await expect(sendWebhook(deps, webhook)).rejects.toThrow('over')
  })
})
