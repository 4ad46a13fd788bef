import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { sendInvitationJobWith } from '../../../supabase/functions/_shared/identity/mod.ts'
import {
  type MailMessage,
  type MailSender,
  ProviderError,
  type SendOptions,
} from '../../../supabase/functions/_shared/providers/mail/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { fakeJob } from '../platform/fakes.ts'

const payload = { invitation_id: '7f1c2b7e-8f0e-4f0e-9d0e-0e0e0e0e0e0e', mail_number: 2 }
const mail = {
  email: 'grace@example.com',
  organization: {
    name: 'Lovelace Works',
    logo_path: '7f1c/logo.png',
    primary_color: '#0b3d2e',
    secondary_color: null,
    mail_footer: 'Lovelace Works Ltd',
  },
  inviter_name: 'Ada',
  role: 'campaign_manager',
  locale: 'en-US',
  time_zone: 'Africa/Lagos',
  expires_at: '2026-01-31T09:30:00.123456+00:00',
  accept_url: 'https://app.example.com/join?from=mail',
  product_name: 'Atrium',
}

/** Runs attempts of the job and keeps what it told the database and the mail provider. */
function stage(started: object[], failures: Error[] = []) {
  const calls: [string, Record<string, unknown>][] = []
  const sent: { message: MailMessage; options: SendOptions }[] = []
  const lines: string[] = []
  const sender: MailSender = {
    provider: 'double',
    async send(message, options) {
      sent.push({ message, options })
      const failure = failures.shift()
      if (failure) throw failure
      return { provider: 'double', messageId: '1' }
    },
  }
  const deps = {
    clock: systemClock,
    logger: createLogger('test', (line) => lines.push(line)),
    signal: AbortSignal.timeout(10_000),
    report: async () => {},
    db: {
      async rpc(name: string, parameters: object) {
        calls.push([name, { ...parameters }])
        return { data: name === 'start_invitation_mail' ? started : true, error: null }
      },
    },
  }
  const run = (attempt = 1) =>
    sendInvitationJobWith(
      () => sender,
      () => 'https://api.example.com',
    ).run(deps, { ...fakeJob('invitation.send', payload), attempt })
  return { run, calls, sent, lines }
}

const tokenIn = (message: MailMessage | undefined) => /#token=([\w-]{43})\s/.exec(message?.text ?? '')?.[1] ?? ''
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

it('[A1-02] sends a link with a fresh token, of which the database learns only the hash', async () => {
  const { run, calls, sent, lines } = stage([mail])
  expect(await run()).toEqual({ result: { is_sent: true } })
  const message = sent[0]?.message
  const token = tokenIn(message)
  expect(calls).toEqual([
    ['start_invitation_mail', { ...payload, token_hash: sha256(token) }],
    ['finish_invitation_mail', payload],
  ])
  expect(message).toMatchObject({ to: { email: 'grace@example.com' }, subject: 'Lovelace Works invites you to Atrium' })
  expect(message?.text).toContain('Ada invites you to work with Lovelace Works on Atrium as campaign manager')
  expect(message?.text).toContain('January 31, 2026 at 10:30')
  expect(message?.html).toContain(`https://app.example.com/join?from=mail#token=${token}`)
  expect(JSON.stringify([calls, lines, sent[0]?.options])).not.toContain(token)
})

it('[A1-02] names a repeated try as one, with the same key and another token', async () => {
  const { run, sent } = stage([mail], [new ProviderError('double', 'unavailable', 'No answer')])
  await expect(run(1)).rejects.toBeInstanceOf(ProviderError)
  await run(2)
  expect(sent.map(({ options }) => options)).toMatchObject([{ isRepeat: false }, { isRepeat: true }])
  expect(sent[0]?.options.idempotencyKey).toBe(sent[1]?.options.idempotencyKey)
  expect(tokenIn(sent[0]?.message)).not.toBe(tokenIn(sent[1]?.message))
})

it('[A1-02] writes in French to who reads French, in the look of the organization', async () => {
  const { run, sent } = stage([{ ...mail, inviter_name: null, locale: 'fr-FR' }])
  await run()
  const { subject, text = '', html = '' } = sent[0]?.message ?? {}
  expect(subject).toBe('Lovelace Works vous invite sur Atrium')
  expect(text).toContain(
    "Quelqu'un vous invite à travailler avec Lovelace Works sur Atrium (rôle : gestion des campagnes)",
  )
  expect(text).toContain('31 janvier 2026')
  expect(html).toContain('<html lang="fr">')
  expect(html).toContain('https://api.example.com/storage/v1/object/public/avatars/7f1c/logo.png')
  for (const part of [text, html]) expect(part).toContain('Lovelace Works Ltd')
})

it('sends nothing when the invitation ended meanwhile', async () => {
  const { run, sent, calls } = stage([])
  expect(await run()).toEqual({ result: { is_sent: false } })
  expect(sent).toEqual([])
  expect(calls).toHaveLength(1)
})

it('lets no name in the mail become a link, a header or markup', async () => {
  const evil = {
    organization: { ...mail.organization, name: 'Pay at https://evil.example\r\nBcc: x@y.z' },
    inviter_name: '<b>www.evil.example</b>',
  }
  const { run, sent } = stage([{ ...mail, ...evil, locale: 'xx' }])
  await run()
  const { subject = '', text = '', html = '' } = sent[0]?.message ?? {}
  expect(subject).not.toMatch(/[\r\n]/)
  for (const part of [subject, text, html]) expect(part).not.toMatch(/evil\.example|:\/\/evil/)
  expect(html).not.toContain('<b>')
})
