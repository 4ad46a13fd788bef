import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import endpoint from '../../../supabase/functions/auth-hooks/index.ts'
import { type MailDouble, startPostmarkDouble } from '../../providers/mail_doubles.ts'

const secret = 'v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjU'
const site = 'http://127.0.0.1:54321'

interface Overrides {
  readonly user?: Record<string, unknown>
  readonly email_data?: Record<string, unknown>
}

/** A call as Auth makes it, with fields that we do not use. */
const payload = (kind: string, { user, email_data }: Overrides = {}) => ({
  user: {
    id: '8484b834-f29e-4af2-bf42-80644d154f76',
    aud: 'authenticated',
    email: 'ann@example.com',
    phone: '',
    ...user,
  },
  email_data: {
    token: '305805',
    token_hash: '7d5b7b1964cf5d388340a7f04f1dbb5eeb6c7b52ef8270e1737a58d0',
    redirect_to: 'https://app.test/welcome?a=1&b=2',
    email_action_type: kind,
    site_url: site,
    token_new: '',
    token_hash_new: '',
    old_email: '',
    provider: '',
    factor_type: '',
    ...email_data,
  },
})

async function callHook(body: unknown, options: { secret?: string; id?: string; sentAt?: Date; text?: string } = {}) {
  const text = options.text ?? JSON.stringify(body)
  const id = options.id ?? crypto.randomUUID()
  const sentAt = options.sentAt ?? new Date()
  const signature = new Webhook((options.secret ?? secret).replace('v1,', '')).sign(id, sentAt, JSON.stringify(body))
  return endpoint.fetch(
    new Request('http://internal/auth-hooks/send-email', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
        'webhook-signature': signature,
      },
      body: text,
    }),
  )
}

const hookError = z.strictObject({ error: z.strictObject({ http_code: z.number(), message: z.string() }) })

describe('the send-e-mail hook', () => {
  let mail: MailDouble
  let errors: string[]
  beforeEach(async () => {
    mail = await startPostmarkDouble('token')
    errors = []
    vi.stubEnv('SUPABASE_URL', site)
    vi.stubEnv('SUPABASE_SECRET_KEYS', '{"default":"sb_secret_x"}')
    vi.stubEnv('SEND_EMAIL_HOOK_SECRET', secret)
    vi.stubEnv('MAIL_PROVIDER', 'postmark')
    vi.stubEnv('POSTMARK_SERVER_TOKEN', 'token')
    vi.stubEnv('POSTMARK_API_URL', `http://127.0.0.1:${mail.port}`)
    vi.spyOn(console, 'info').mockImplementation(() => {})
    vi.spyOn(console, 'warn').mockImplementation((line) => errors.push(String(line)))
    vi.spyOn(console, 'error').mockImplementation((line) => errors.push(String(line)))
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
    await mail.close()
  })

  it.each([
    ['signup', 'signup', 'Confirm your address for Atrium'],
    ['magiclink', 'magiclink', 'Your sign-in link for Atrium'],
    ['login', 'magiclink', 'Your sign-in link for Atrium'],
    ['email', 'email', 'Your sign-in link for Atrium'],
    ['recovery', 'recovery', 'Reset your password for Atrium'],
    ['invite', 'invite', 'You are invited to Atrium'],
  ])('sends a mail with link and code for "%s"', async (kind, type, subject) => {
    const response = await callHook(payload(kind))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({})
    expect(mail.received).toHaveLength(1)
    const [sent] = mail.received
    expect(sent).toMatchObject({ to: 'ann@example.com', subject })
    const link = new URL(/https?:\S+verify\S+/.exec(sent?.text ?? '')?.[0] ?? '')
    expect(link.origin + link.pathname).toBe(`${site}/auth/v1/verify`)
    expect(Object.fromEntries(link.searchParams)).toEqual({
      token: '7d5b7b1964cf5d388340a7f04f1dbb5eeb6c7b52ef8270e1737a58d0',
      type,
      redirect_to: 'https://app.test/welcome?a=1&b=2',
    })
    expect(sent?.text).toContain('305805')
    expect(sent?.html).toContain('305805')
    expect(sent?.html).toContain(`href="${link.href.replaceAll('&', '&amp;')}"`)
  })

  it('links to the platform whatever base Auth names, and without one', async () => {
    for (const site_url of [`${site}/auth/v1`, `${site}/`, ''])
      await callHook(payload('signup', { email_data: { site_url } }))
    expect(mail.received).toHaveLength(3)
    for (const { text } of mail.received) expect(text).toContain(`${site}/auth/v1/verify?token=7d5b`)
  })

  it('sends a code alone to confirm that it is the person', async () => {
    await callHook(payload('reauthentication', { email_data: { token_hash: '' } }))
    const [sent] = mail.received
    expect(sent?.text).toContain('Enter this code: 305805')
    expect(sent?.text).not.toContain('/verify')
  })

  it('sends each address its own code and link when both confirm a change', async () => {
    await callHook(
      payload('email_change', {
        user: { new_email: 'new@example.com' },
        email_data: {
          token: '111111',
          token_hash_new: 'hash-of-current',
          token_new: '222222',
          token_hash: 'hash-of-new',
        },
      }),
    )
    const to = (address: string) => mail.received.find((one) => one.to === address)?.text ?? ''
    expect(mail.received).toHaveLength(2)
    expect(to('ann@example.com')).toMatch(/token=hash-of-current&type=email_change/)
    expect(to('ann@example.com')).toContain('111111')
    expect(to('ann@example.com')).toContain('from ann@example.com to new@example.com')
    expect(to('new@example.com')).toMatch(/token=hash-of-new&type=email_change/)
    expect(to('new@example.com')).toContain('222222')
  })

  it('asks the new address alone when only it confirms a change', async () => {
    await callHook(payload('email_change', { user: { new_email: 'new@example.com' } }))
    expect(mail.received.map((one) => one.to)).toEqual(['new@example.com'])
    expect(mail.received[0]?.text).toContain('305805')
  })

  it.each([
    ['password_changed_notification', {}, 'ann@example.com', 'password of your Atrium account was changed'],
    [
      'email_changed_notification',
      { old_email: 'old@example.com' },
      'old@example.com',
      'old@example.com to ann@example.com',
    ],
    ['phone_changed_notification', {}, 'ann@example.com', 'phone number'],
    ['identity_linked_notification', { provider: 'google' }, 'ann@example.com', 'with Google'],
    ['identity_unlinked_notification', { provider: 'linkedin_oidc' }, 'ann@example.com', 'with LinkedIn'],
    ['mfa_factor_enrolled_notification', { factor_type: 'totp' }, 'ann@example.com', 'an authenticator app'],
    ['mfa_factor_unenrolled_notification', { factor_type: 'phone' }, 'ann@example.com', 'a phone'],
  ])('tells the person of "%s"', async (kind, email_data, to, text) => {
    const empty = { token: '', token_hash: '' }
    expect((await callHook(payload(kind, { email_data: { ...empty, ...email_data } }))).status).toBe(200)
    expect(mail.received).toHaveLength(1)
    expect(mail.received[0]).toMatchObject({ to, text: expect.stringContaining(text) })
    expect(mail.received[0]?.html).not.toContain('<a ')
  })

  it('lets a notice pass that is newer than this code, and refuses an unknown request', async () => {
    expect((await callHook(payload('passkey_added_notification'))).status).toBe(200)
    expect(mail.received).toEqual([])
    expect(errors.join()).toContain('auth_mail_unknown')
    const response = await callHook(payload('teleport'))
    expect(response.status).toBe(400)
    expect(hookError.parse(await response.json()).error.message).toBe('Cannot send mail: unknown kind "teleport"')
  })

  it('escapes everything that comes from outside', async () => {
    const evil = '<img src=x onerror="alert(1)">&\'@example.com'
    await callHook(
      payload('email_change', {
        user: { new_email: evil },
        email_data: { token: '"><script>1</script>', redirect_to: 'https://app.test/"><script>2</script>' },
      }),
    )
    const html = mail.received[0]?.html ?? ''
    expect(html).not.toMatch(/<script|<img/)
    expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;@example.com')
  })

  it('never links to anything but a page', async () => {
    const response = await callHook(payload('signup', { email_data: { site_url: 'javascript:alert(1)//' } }))
    expect(response.status).toBe(500)
    expect(mail.received).toEqual([])
  })

  it('makes mails that are readable everywhere: language, title, width, one heading, layout tables', async () => {
    await callHook(payload('signup'))
    const html = mail.received[0]?.html ?? ''
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/)
    expect(html).toContain('<title>Confirm your address for Atrium</title>')
    expect(html).toContain('name="viewport"')
    expect(html.match(/<h1/g)).toHaveLength(1)
    expect(html.match(/<table/g)?.length).toBe(html.match(/<table role="presentation"/g)?.length)
    expect(html).not.toMatch(/<img|src=|@import|url\(/)
  })

  describe('refuses a call', () => {
    const cases = {
      'signed with another secret': { secret: 'v1,whsec_b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVy' },
      'whose body was changed': { text: JSON.stringify(payload('signup', { user: { email: 'eve@example.com' } })) },
      'that is older than five minutes': { sentAt: new Date(Date.now() - 6 * 60_000) },
      'from the future': { sentAt: new Date(Date.now() + 6 * 60_000) },
    }
    it.each(Object.entries(cases))('%s', async (_name, options) => {
      const response = await callHook(payload('signup'), options)
      expect(response.status).toBe(401)
      expect(hookError.parse(await response.json()).error.http_code).toBe(401)
      expect(mail.received).toEqual([])
    })

    it('without a signature, and any when no secret is set', async () => {
      const bare = new Request('http://internal/auth-hooks/send-email', { method: 'POST', body: '{}' })
      expect((await endpoint.fetch(bare)).status).toBe(401)
      vi.stubEnv('SEND_EMAIL_HOOK_SECRET', '')
      expect((await callHook(payload('signup'))).status).toBe(401)
    })

    it.each([
      ['of a known length', { 'content-length': '400' }],
      ['of unknown length', {}],
    ])('that its caller broke off %s, which is no failure of ours', async (_name, headers) => {
      const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError('The body was aborted')) })
      const request: RequestInit = { method: 'POST', headers, body, duplex: 'half' }
      const response = await endpoint.fetch(new Request('http://internal/auth-hooks/send-email', request))
      expect(response.status).toBe(400)
      expect(errors.filter((line) => line.includes('"level":"error"'))).toEqual([])
    })

    it('that holds no JSON, or misses what the mail needs', async () => {
      for (const body of [
        [],
        {},
        payload('signup', { email_data: { token_hash: '' } }),
        payload('reauthentication', { email_data: { token: '' } }),
        payload('signup', { user: { email: null } }),
        payload('email_change', { email_data: { token_hash_new: 'x' } }),
      ]) {
        const response = await callHook(body)
        expect(response.status).toBe(400)
        hookError.parse(await response.json())
      }
      expect(mail.received).toEqual([])
    })
  })

  it('accepts the old and the new secret while one is replaced', async () => {
    const next = 'v1,whsec_bmV4dG5leHRuZXh0bmV4dG5leHRuZXh0bmV4dG5leHQ='
    vi.stubEnv('SEND_EMAIL_HOOK_SECRET', `${secret}|${next}`)
    expect((await callHook(payload('signup'), { secret: next })).status).toBe(200)
    expect((await callHook(payload('signup'))).status).toBe(200)
  })

  it('names the mail of a repeated call alike, without telling the provider the code', async () => {
    await callHook(payload('signup'))
    await callHook(payload('signup'))
    await callHook(payload('signup', { email_data: { token_hash: 'another', token: '000000' } }))
    const [first, second, third] = mail.received.map((one) => one.key)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
    expect(first).not.toMatch(/305805|7d5b7b1964cf5d38/)
  })

  it('asks Auth to repeat the call when the provider is busy', async () => {
    mail.behaviour = 'throttle'
    const response = await callHook(payload('signup'))
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBeTruthy()
    expect(hookError.parse(await response.json()).error.http_code).toBe(503)
    expect(errors.join()).not.toContain('ann@example.com')
  })

  it('tells Auth of a refused address in the form that it passes on', async () => {
    mail.behaviour = 'refuse'
    const response = await callHook(payload('signup'))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ error: { http_code: 422, message: 'Mail to this address was refused' } })
  })

  it('tells nothing of a rejected account', async () => {
    mail.behaviour = 'reject-login'
    const response = await callHook(payload('signup'))
    expect(response.status).toBe(500)
    expect(hookError.parse(await response.json()).error.message).toBe('Mail could not be sent')
  })
})
