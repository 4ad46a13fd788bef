import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { countSegments } from '../../../local/sandbox/sms/segments.ts'
import { startReceiver, startTestSandbox, type TestSandbox, temporaryFolder } from './sandbox_support.ts'

const account = 'AC00000000000000000000000000000001'
let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox(null, 0, { webhookRetryDelaysMs: [10, 10] })
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await sandbox.client.clearSms()
  await sandbox.client.resetProvider('twilio')
})

/** Calls the Messages API as Twilio's library does. */
function send(fields: Record<string, string>, options: { user?: string; password?: string; base?: string } = {}) {
  const { user = account, password = 'token', base = sandbox.url } = options
  return fetch(`${base}/twilio/2010-04-01/Accounts/${account}/Messages.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
    body: new URLSearchParams({ To: '+491701234567', From: '+4930123456', Body: 'Your code is 482913', ...fields }),
  })
}

describe('the Messages API of Twilio', () => {
  it('takes a message and answers as Twilio does', async () => {
    const response = await send({})

    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({
      account_sid: account,
      api_version: '2010-04-01',
      body: 'Your code is 482913',
      date_created: expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/),
      date_sent: null,
      date_updated: expect.any(String),
      direction: 'outbound-api',
      error_code: null,
      error_message: null,
      from: '+4930123456',
      messaging_service_sid: null,
      num_media: '0',
      num_segments: '1',
      price: null,
      price_unit: 'USD',
      sid: expect.stringMatching(/^SM[0-9a-f]{32}$/),
      status: 'queued',
      subresource_uris: { media: expect.stringMatching(/Media\.json$/) },
      to: '+491701234567',
      uri: expect.stringMatching(/\.json$/),
    })
  })

  it('takes a messaging service in place of a number, an API key in place of the account, and tells the state', async () => {
    const response = await send({ From: '', MessagingServiceSid: 'MG1' }, { user: 'SK1', password: 'secret' })
    const sent = z.looseObject({ sid: z.string(), uri: z.string() }).parse(await response.json())

    expect(sent).toMatchObject({ status: 'accepted', from: null, messaging_service_sid: 'MG1' })
    const url = `${sandbox.url}/twilio${sent.uri}`
    const authorization = `Basic ${Buffer.from(`${account}:token`).toString('base64')}`
    expect(await (await fetch(url, { headers: { authorization } })).json()).toMatchObject({ sid: sent.sid })
  })

  it.each([
    [{ To: '' }, 400, 21604],
    [{ To: 'Ana' }, 400, 21211],
    [{ To: '+15005550001' }, 400, 21211],
    [{ To: '+15005550009' }, 400, 21614],
    [{ To: '+15005550004' }, 400, 21610],
    [{ From: '' }, 400, 21603],
    [{ Body: '' }, 400, 21602],
    [{ Body: 'x'.repeat(1601) }, 400, 21617],
    [{ StatusCallback: 'http://my_host.test/' }, 400, 21609],
    [{ StatusCallback: 'nowhere' }, 400, 21609],
  ])('refuses %o with Twilio’s own code', async (fields, status, code) => {
    const response = await send(fields)

    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code, status, more_info: expect.stringContaining(String(code)) })
    expect((await sandbox.client.listSms()).sms).toEqual([])
  })

  it('refuses callers without token and those of another account', async () => {
    for (const response of [
      await send({}, { password: '' }),
      await send({}, { user: 'AC9' }),
      await sandbox.get(`/twilio/2010-04-01/Accounts/${account}/Messages.json`, { method: 'POST' }),
    ]) {
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ code: 20003, status: 401 })
    }
  })

  it('answers paths that Twilio does not have with 20404', async () => {
    const response = await sandbox.get('/twilio/2010-04-01/Nothing.json')

    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 20404 })
  })

  it('counts the parts that a network bills', () => {
    expect([160, 161, 306, 307].map((length) => countSegments('x'.repeat(length)))).toEqual([1, 2, 2, 3])
    expect([70, 71].map((length) => countSegments('न'.repeat(length)))).toEqual([1, 2])
    expect(countSegments('€'.repeat(80))).toBe(1)
    expect(countSegments('€'.repeat(81))).toBe(2)
  })
})

describe('text messages that were received', () => {
  it('are found by number, however it is written, with their codes', async () => {
    await send({ To: '+49 170 1234567'.replaceAll(' ', ''), Body: 'Code 482913, not 12345678' })

    const sms = await sandbox.client.waitForSms({ to: '+49 (170) 123-4567' })

    expect(sms).toMatchObject({ to: '+491701234567', codes: ['482913'], provider: 'twilio', direction: 'outbound' })
    expect((await sandbox.client.listSms({ to: '491701234567' })).total).toBe(1)
    expect((await sandbox.client.listSms({ to: '+4917012345' })).total).toBe(0)
  })

  it('are waited for: the answer comes with the message', async () => {
    await send({ Body: 'old 111111' })
    const old = await sandbox.client.waitForSms({ to: '+491701234567' })
    const waiting = sandbox.client.waitForSms({ to: '+491701234567', after: old.id })
    await send({ Body: 'new 222222' })

    expect((await waiting).codes).toEqual(['222222'])
  })

  it('are waited for only so long', async () => {
    await expect(sandbox.client.waitForSms({ to: '+4900000000', timeoutMs: 20 })).rejects.toMatchObject({
      status: 408,
      code: 'sms_not_received',
    })
  })

  it('come page by page, newest first, and go', async () => {
    for (const Body of ['one', 'two', 'three']) await send({ Body })
    const first = await sandbox.client.listSms({ limit: 2 })
    const second = await sandbox.client.listSms({ limit: 2, cursor: first.next ?? '' })

    expect([...first.sms, ...second.sms].map((sms) => sms.body)).toEqual(['three', 'two', 'one'])
    expect(second.next).toBeNull()
    const path = `/api/sms/${first.sms[0]?.id}`
    expect((await sandbox.get(path, { method: 'DELETE' })).status).toBe(204)
    expect((await sandbox.get(path)).status).toBe(404)
    expect((await sandbox.client.listSms()).total).toBe(2)
  })

  it('survive a restart', async () => {
    await using folder = await temporaryFolder()
    const first = await startTestSandbox(folder.path)
    await send({ Body: 'kept' }, { base: first.url })
    await first.close()
    const second = await startTestSandbox(folder.path)

    expect((await second.client.listSms()).sms).toMatchObject([{ body: 'kept', status: 'queued' }])
    await second.close()
  })
})

describe('what Twilio sends', () => {
  it('is a signed status callback, as often as it takes', async () => {
    await using receiver = await startReceiver([500, 204])
    await send({ StatusCallback: `${receiver.url}/status?campaign=1#rc=3` })
    const { sid } = await sandbox.client.waitForSms({ to: '+491701234567' })

    const said = await sandbox.client.runAction('twilio', 'report-status', {
      sid,
      status: 'undelivered',
      errorCode: '30003',
    })
    expect(said).toBe('Webhook not delivered: the endpoint answered 500')
    await expect.poll(async () => (await sandbox.client.listWebhooks('twilio'))[0]?.state).toBe('delivered')

    const [, request] = receiver.requests
    expect(request?.path).toBe('/status?campaign=1')
    const form = new URLSearchParams(request?.body)
    expect(Object.fromEntries(form)).toMatchObject({
      MessageSid: sid,
      MessageStatus: 'undelivered',
      ErrorCode: '30003',
      AccountSid: account,
    })
    const signed = [...form.keys()]
      .sort()
      .map((name) => name + form.get(name))
      .join('')
    const expected = createHmac('sha1', 'token').update(`${receiver.url}/status?campaign=1${signed}`).digest('base64')
    expect(request?.headers['x-twilio-signature']).toBe(expected)
    expect(await sandbox.client.listSms()).toMatchObject({ sms: [{ status: 'undelivered', errorCode: 30003 }] })
  })

  it('is what a phone answers, and STOP ends further messages', async () => {
    await using receiver = await startReceiver([204])
    const values = { from: '+491701234567', to: '+4930123456', url: receiver.url, account }
    await sandbox.client.runAction('twilio', 'inbound-message', { ...values, body: 'Stop' })

    expect(Object.fromEntries(new URLSearchParams(receiver.requests[0]?.body))).toMatchObject({
      Body: 'Stop',
      OptOutType: 'STOP',
      NumMedia: '0',
    })
    expect(await (await send({})).json()).toMatchObject({ code: 21610 })
    await sandbox.client.runAction('twilio', 'inbound-message', { ...values, body: 'START' })
    expect((await send({})).status).toBe(201)
  })

  it('never goes to another machine', async () => {
    const said = await sandbox.client.runAction('twilio', 'inbound-message', {
      ...{ from: '+491701234567', to: '+4930123456', body: 'x', account },
      url: 'https://example.com/hook',
    })

    expect(said).toMatch(/nothing leaves the sandbox/)
    expect(await sandbox.client.listWebhooks('twilio')).toMatchObject([{ state: 'failed', nextAttemptAt: null }])
  })
})
