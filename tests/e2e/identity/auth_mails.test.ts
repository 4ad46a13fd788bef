import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { addAuthenticator, authPerson, signIn } from '../../support/auth_person.ts'
import { lacks, type TestTarget, testTarget } from '../../support/target.ts'

const password = 'Correct-horse-1'

describe.skipIf(lacks.sandbox)('the mails of Auth, in the inbox', { timeout: 120_000 }, () => {
  let target: TestTarget
  beforeAll(async () => {
    target = await testTarget()
  })
  afterAll(() => target[Symbol.asyncDispose]())

  const newEmail = () => `${crypto.randomUUID()}@example.com`
  /** Waits for a mail and proves that it is ours: name, language of both parts, and the same words in the plain text. */
  async function mail(to: string, subject: string, locale: 'en' | 'fr') {
    const found = await sandboxClient(target.sandboxUrl ?? '').waitForMail({ to, subject, timeoutMs: 40_000 })
    expect(found.html).toContain(`<html lang="${locale}">`)
    expect(found.html).toContain('>Atrium<')
    expect(found.text).toContain('Atrium')
    return { ...found, code: /: (\d{6})$/m.exec(found.text ?? '')?.[1] ?? '' }
  }

  it.each([
    ['en', 'de', 'Confirm your address for Atrium', 'Enter this code'],
    ['fr', 'fr-CA', 'Confirmez votre adresse pour Atrium', 'saisissez ce code'],
  ] as const)('[IDN-02] confirm an address in "%s" for who speaks "%s"', async (locale, spoken, subject, words) => {
    const email = newEmail()
    await target.client().auth.signUp({ email, password, options: { data: { locale: spoken } } })
    const { text, code } = await mail(email, subject, locale)
    expect(text?.toLowerCase()).toContain(words.toLowerCase())
    const confirmed = await target.client().auth.verifyOtp({ email, token: code, type: 'email' })
    expect(confirmed.error).toBeNull()
  })

  it.each([
    ['en', 'Your sign-in link for Atrium', 'Reset your password for Atrium', 'Your confirmation code for Atrium'],
    ['fr', 'Votre lien de connexion', 'Réinitialisez votre mot de passe', 'Votre code de confirmation'],
  ] as const)('[IDN-10] let in, reset and reauthenticate in "%s"', async (locale, link, reset, code) => {
    const person = await authPerson(target, { locale })
    const client = await signIn(target, person)
    await client.auth.signInWithOtp({ email: person.email, options: { shouldCreateUser: false } })
    await mail(person.email, link, locale)
    await expect
      .poll(async () => (await client.auth.resetPasswordForEmail(person.email)).error?.code ?? 'sent', {
        timeout: 25_000,
        interval: 500,
      })
      .toBe('sent')
    await mail(person.email, reset, locale)
    await expect
      .poll(async () => (await client.auth.reauthenticate()).error?.code ?? 'sent', { timeout: 25_000, interval: 500 })
      .toBe('sent')
    expect((await mail(person.email, code, locale)).code).not.toBe('')
  })

  it('invite somebody new', async () => {
    const email = newEmail()
    const { error } = await target.adminClient().auth.admin.inviteUserByEmail(email, { data: { locale: 'fr' } })
    expect(error).toBeNull()
    expect((await mail(email, 'Vous êtes invité sur Atrium', 'fr')).links).not.toEqual([])
  })

  it('ask both addresses of a change, and tell the old one when it is done', async () => {
    const person = await authPerson(target, { locale: 'fr' })
    const client = await signIn(target, person)
    const next = newEmail()
    expect((await client.auth.updateUser({ email: next })).error).toBeNull()
    const atOld = await mail(person.email, "Confirmez le changement d'adresse", 'fr')
    const atNew = await mail(next, 'Confirmez votre nouvelle adresse', 'fr')
    const confirm = (email: string, token: string) => client.auth.verifyOtp({ email, token, type: 'email_change' })
    expect((await confirm(person.email, atOld.code)).error).toBeNull()
    expect((await confirm(next, atNew.code)).error).toBeNull()
    const told = await mail(person.email, 'Votre adresse a été modifiée', 'fr')
    expect(told.text).toContain(`de ${person.email} à `)
    expect(told.text).not.toContain(`à ${person.email}`)
  })

  it('[IDN-27] tell of a new password and of a second factor that comes and goes', async () => {
    const person = await authPerson(target, { locale: 'fr' })
    const client = await signIn(target, person)
    await client.auth.updateUser({ password: 'Another-horse-2' })
    await mail(person.email, 'Votre mot de passe a été modifié', 'fr')
    const { id } = await addAuthenticator(client)
    await mail(person.email, 'Un second facteur a été ajouté', 'fr')
    await client.auth.mfa.unenroll({ factorId: id })
    await mail(person.email, 'Un second facteur a été retiré', 'fr')
  })
})
