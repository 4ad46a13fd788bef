import { expect, it } from 'vitest'
import { sendSecurityMailJobWith } from '../../../supabase/functions/_shared/identity/mod.ts'
import type { MailMessage } from '../../../supabase/functions/_shared/providers/mail/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { fakeJob } from '../platform/fakes.ts'

/** Runs the job for a reader of a language. @returns the mail */
async function mailOf(event: string, locale: string, details: object = {}): Promise<MailMessage | undefined> {
  const sent: MailMessage[] = []
  const sender = {
    provider: 'double',
    async send(message: MailMessage) {
      sent.push(message)
      return { provider: 'double', messageId: '1' }
    },
  }
  const deps = {
    clock: systemClock,
    logger: createLogger('test', () => {}),
    signal: AbortSignal.timeout(10_000),
    report: async () => {},
    db: {
      rpc: async () => ({
        data: {
          email: 'ann@example.com',
          locale,
          time_zone: 'Africa/Lagos',
          brand: 'Atrium',
          support_address: 'help@example.com',
        },
        error: null,
      }),
    },
  }
  const occurred_at = '2026-01-31T09:30:00.123456+00:00'
  const payload = { user_id: crypto.randomUUID(), event, occurred_at, details }
  await sendSecurityMailJobWith(() => sender).run(deps, fakeJob('identity.security_mail', payload))
  return sent[0]
}

const due = { due_at: '2026-02-14T23:30:00+00:00' }

it('[A1-07] says when an account will be deleted, in the time of its person, and how to take it back', async () => {
  const mail = await mailOf('deletion_requested', 'en-US', due)
  expect(mail).toMatchObject({ to: { email: 'ann@example.com' }, subject: 'Your Atrium account will be deleted' })
  for (const part of [mail?.text, mail?.html]) {
    expect(part).toContain('February 15, 2026')
    expect(part).toContain('call the deletion off')
    expect(part).toContain('help@example.com')
  }
})

it('[A1-07] says so in French, and when the deletion was called off', async () => {
  const asked = await mailOf('deletion_requested', 'fr', due)
  expect(asked?.subject).toBe('Votre compte Atrium va être supprimé')
  expect(asked?.text).toContain('15 février 2026')
  expect(asked?.text).toContain('annulez la suppression')
  expect((await mailOf('deletion_cancelled', 'fr'))?.text).toContain('31 janvier 2026')
})
