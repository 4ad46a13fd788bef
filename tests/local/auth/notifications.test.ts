import { TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthStack, codeIn, confirmedPerson, newEmail, ourConfig, startAuthStack } from './auth_stack.ts'
import { externalConfig, startTestProvider, type TestProvider } from './oidc_provider.ts'

describe('mails that tell what happened to an account', () => {
  let provider: TestProvider
  let stack: AuthStack
  beforeAll(async () => {
    provider = await startTestProvider()
    const kinds = ['password_changed', 'email_changed', 'identity_linked', 'identity_unlinked']
    const notification = Object.fromEntries(
      [...kinds, 'mfa_factor_enrolled', 'mfa_factor_unenrolled'].map((kind) => [kind, { enabled: true }]),
    )
    stack = await startAuthStack({
      config: {
        ...ourConfig,
        enable_manual_linking: true,
        external: externalConfig(provider),
        email: { ...ourConfig.email, double_confirm_changes: false, notification },
        mfa: { totp: { enroll_enabled: true, verify_enabled: true } },
      },
    })
  })
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await provider[Symbol.asyncDispose]()
  })
  const subject = async (email: string) => (await stack.mails.next(email)).subject

  it('follow a new password and a new address, which the old one learns of', async () => {
    const { client, email } = await confirmedPerson(stack)
    await client.auth.updateUser({ password: 'a new password 7' })
    expect(await subject(email)).toBe('Your password has been changed')
    const next = newEmail()
    await client.auth.updateUser({ email: next })
    await client.auth.verifyOtp({ email: next, token: codeIn(await stack.mails.next(next)), type: 'email_change' })
    const mail = await stack.mails.next(email)
    expect(mail.subject).toBe('Your email address has been changed')
    expect(mail.html).toContain(`from ${email} to ${next}`)
    expect(stack.mails.unread(next)).toEqual([])
  })

  it('[IDN-20] [IDN-21] follow linking and unlinking', async () => {
    const { client, email } = await confirmedPerson(stack)
    const token = await provider.idToken('google', { sub: 'told', email: newEmail(), email_verified: true })
    await client.auth.linkIdentity({ provider: 'google', token })
    expect(await subject(email)).toBe('A new identity has been linked')
    const identities = (await client.auth.getUserIdentities()).data?.identities ?? []
    const linked = identities.find((identity) => identity.provider === 'google')
    if (!linked) throw new Error('The identity is missing')
    await client.auth.unlinkIdentity(linked)
    const mail = await stack.mails.next(email)
    expect(mail.subject).toBe('An identity has been unlinked')
    expect(mail.html).toContain('google')
  })

  it('[IDN-27] follow a second factor that comes or goes', async () => {
    const { client, email } = await confirmedPerson(stack)
    const { data: factor } = await client.auth.mfa.enroll({ factorType: 'totp' })
    if (!factor) throw new Error('no factor')
    const code = new TOTP({ secret: factor.totp.secret }).generate()
    await client.auth.mfa.challengeAndVerify({ factorId: factor.id, code })
    expect(await subject(email)).toBe('A new MFA factor has been enrolled')
    await client.auth.mfa.unenroll({ factorId: factor.id })
    expect(await subject(email)).toBe('An MFA factor has been unenrolled')
  })
})
