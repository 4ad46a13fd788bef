import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type MailMessage,
  type MailSender,
  mailSender,
  ProviderError,
} from '../../supabase/functions/_shared/providers/mail/mod.ts'
import { readEnv } from '../../supabase/functions/_shared/runtime/mod.ts'
import { type MailDouble, startPostmarkDouble, startSmtpDouble } from './mail_doubles.ts'

const platform = { SUPABASE_URL: 'http://127.0.0.1:1', SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}' }
const from = 'Atrium <no-reply@atrium.test>'

/** Each adapter with its double; both are made from the environment as in production. */
const adapters = {
  smtp: {
    start: () => startSmtpDouble('user', 'right'),
    environment: (port: number) => ({
      MAIL_PROVIDER: 'smtp',
      SMTP_PORT: String(port),
      SMTP_USER: 'user',
      SMTP_PASSWORD: 'right',
    }),
    canLookUp: false,
  },
  postmark: {
    start: () => startPostmarkDouble('right'),
    environment: (port: number) => ({
      MAIL_PROVIDER: 'postmark',
      POSTMARK_SERVER_TOKEN: 'right',
      POSTMARK_API_URL: `http://127.0.0.1:${port}`,
    }),
    canLookUp: true,
  },
}

const message: MailMessage = {
  to: { email: 'ann@example.com', name: 'Ann Öst' },
  subject: 'Your bill – März',
  text: 'Hello Ann',
  html: '<p>Hello Ann</p>',
}

async function failureOf(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ProviderError)) throw new Error('The send did not fail with a ProviderError', { cause: error })
  return error
}

describe.each(Object.entries(adapters))('the mail port over %s', (name, adapter) => {
  let double: MailDouble
  let sender: MailSender
  let keys = 0
  const options = () => {
    keys += 1
    return { idempotencyKey: `test:${keys}`, signal: AbortSignal.timeout(20_000) }
  }
  beforeEach(async () => {
    double = await adapter.start()
    sender = mailSender(readEnv({ ...platform, MAIL_FROM: from, ...adapter.environment(double.port) }))
  })
  afterEach(() => double.close())

  it('delivers subject, text, page and sender, and returns the id of the message', async () => {
    const receipt = await sender.send(message, options())
    expect(receipt).toEqual({ provider: name, messageId: expect.stringMatching(/.{16,}/) })
    expect(double.received).toHaveLength(1)
    expect(double.received[0]).toMatchObject({
      from: '"Atrium" <no-reply@atrium.test>',
      to: expect.stringContaining('ann@example.com'),
      replyTo: null,
      subject: 'Your bill – März',
      text: 'Hello Ann',
      html: '<p>Hello Ann</p>',
      attachments: [],
    })
  })

  it('passes on another sender, a reply address, headers and attachments', async () => {
    await sender.send(
      {
        ...message,
        from: { email: 'sales@atrium.test' },
        replyTo: { email: 'bob@example.com', name: 'Bob' },
        headers: { 'List-Unsubscribe': '<https://atrium.test/u?t=1>' },
        attachments: [{ filename: 'bill.txt', contentType: 'text/plain', content: new TextEncoder().encode('Sum: 5') }],
      },
      options(),
    )
    expect(double.received[0]).toMatchObject({
      from: 'sales@atrium.test',
      replyTo: '"Bob" <bob@example.com>',
      headers: { 'list-unsubscribe': '<https://atrium.test/u?t=1>' },
      attachments: [{ filename: 'bill.txt', contentType: 'text/plain', text: 'Sum: 5' }],
    })
  })

  it('lets no line break in a subject, a name or a header make a header of its own', async () => {
    await sender.send(
      {
        ...message,
        to: { email: 'ann@example.com', name: 'Ann\r\nBcc: eve@example.com' },
        subject: 'Hi\r\nBcc: eve@example.com',
        headers: { 'X-Note': 'a\r\nBcc: eve@example.com' },
      },
      options(),
    )
    const [mail] = double.received
    expect(mail?.subject).toBe('Hi Bcc: eve@example.com')
    expect(mail?.headers).not.toHaveProperty('bcc')
    expect(double.received).toHaveLength(1)
  })

  it('names the same message alike when it is sent again with the same key', async () => {
    const same = options()
    const first = await sender.send(message, same)
    const second = await sender.send(message, { ...same, isRepeat: true })
    expect(second).toEqual(first)
    // SMTP cannot look a message up; the copy carries the same Message-ID.
    expect(double.received).toHaveLength(adapter.canLookUp ? 1 : 2)
    const other = await sender.send(message, options())
    expect(other.messageId).not.toBe(first.messageId)
  })

  it.each([
    ['throttle', { failure: 'throttled', isRetryable: true, mayFailOver: true }],
    ['refuse', { failure: 'refused', isRetryable: false, mayFailOver: false }],
    ['reject-login', { failure: 'misconfigured', isRetryable: false, mayFailOver: true }],
    ['break', { failure: 'unavailable', isRetryable: true, mayFailOver: true, isAmbiguous: true }],
  ] as const)('tells what to do when the provider answers with "%s"', async (behaviour, expected) => {
    double.behaviour = behaviour
    const error = await failureOf(sender.send(message, options()))
    expect(error).toMatchObject({ ...expected, provider: name })
    expect(error.message).not.toContain('ann@example.com')
    expect(double.received).toEqual([])
  })

  it('can be retried when the provider cannot be reached', async () => {
    await double.close()
    const error = await failureOf(sender.send(message, options()))
    expect(error).toMatchObject({ failure: 'unavailable', isRetryable: true })
    double = await adapter.start()
  })

  it('gives up at once when the signal says so', async () => {
    double.behaviour = 'hang'
    const controller = new AbortController()
    const pending = failureOf(sender.send(message, { idempotencyKey: 'slow', signal: controller.signal }))
    setTimeout(() => controller.abort(), 100)
    expect(await pending).toMatchObject({ failure: 'aborted', isRetryable: true, mayFailOver: false })
    const before = failureOf(sender.send(message, { idempotencyKey: 'late', signal: AbortSignal.abort() }))
    expect(await before).toMatchObject({ failure: 'aborted' })
  })
})

describe('the SMTP adapter', () => {
  it('gives up on a server that takes the connection and says nothing', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const port = (silent.address() as AddressInfo).port
    try {
      const sender = mailSender(readEnv({ ...platform, SMTP_PORT: String(port) }))
      const signal = AbortSignal.timeout(200)
      expect(await failureOf(sender.send(message, { idempotencyKey: 'x', signal }))).toMatchObject({
        failure: 'aborted',
      })
    } finally {
      silent.close()
    }
  })
})
