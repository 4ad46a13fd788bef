import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { authPerson, deviceClient, signIn } from '../../support/auth_person.ts'
import { lacks, type TestTarget, testTarget } from '../../support/target.ts'

const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1'

describe('sessions and sign-in, through the public API', { timeout: 60_000 }, () => {
  let target: TestTarget
  beforeAll(async () => {
    target = await testTarget()
  })
  afterAll(() => target[Symbol.asyncDispose]())
  const inbox = () => sandboxClient(target.sandboxUrl ?? '')

  it('[IDN-08] lists the own sessions and ends one of them, whose tokens are dead at once', async () => {
    const person = await authPerson(target)
    const [desk, mobile] = [await signIn(target, person, 'AtriumDesktop/2.0'), await signIn(target, person, phone)]
    const { data: sessions } = await desk.rpc('list_my_sessions')
    expect(sessions).toEqual([
      expect.objectContaining({ device: 'AtriumDesktop', is_current: true }),
      expect.objectContaining({ device: 'Safari on iPhone', is_current: false, assurance_level: 'aal1' }),
    ])
    expect((await mobile.from('profiles').select('id').eq('id', person.id)).data).toHaveLength(1)
    expect((await desk.rpc('end_session', { session_id: sessions?.[1]?.id ?? '' })).error).toBeNull()
    expect((await mobile.from('profiles').select('id').eq('id', person.id)).data).toEqual([])
    expect((await mobile.auth.refreshSession()).error).not.toBeNull()
    expect((await desk.auth.refreshSession()).error).toBeNull()
  })

  it('[IDN-08] ends all other sessions', async () => {
    const person = await authPerson(target)
    const [desk, mobile] = [await signIn(target, person), await signIn(target, person, phone)]
    expect((await desk.rpc('end_other_sessions')).data).toBe(1)
    expect((await mobile.auth.refreshSession()).error).not.toBeNull()
    expect((await desk.auth.refreshSession()).error).toBeNull()
    expect((await target.client().rpc('end_other_sessions')).error?.code).toBe('42501')
  })

  it.skipIf(lacks.sandbox)(
    '[IDN-11] keeps the present session alone when the password changes, and tells by mail',
    async () => {
      const person = await authPerson(target)
      const [desk, mobile] = [await signIn(target, person), await signIn(target, person, phone)]
      expect((await desk.auth.updateUser({ password: 'Another-horse-2' })).error).toBeNull()
      expect((await desk.rpc('list_my_sessions')).data).toEqual([expect.objectContaining({ is_current: true })])
      expect((await desk.auth.refreshSession()).error).toBeNull()
      expect((await mobile.auth.refreshSession()).error).not.toBeNull()
      await inbox().waitForMail({ to: person.email, subject: 'Your password was changed', timeoutMs: 30_000 })
      const entries = await target
        .adminClient()
        .from('audit_logs')
        .select('actor_id')
        .eq('action', 'password_changed')
        .eq('object_id', person.id)
      expect(entries.data).toEqual([{ actor_id: person.id }])
    },
  )

  it.skipIf(lacks.sandbox)('tells of a sign-in from a new device by mail, in the language of the person', async () => {
    const person = await authPerson(target, { locale: 'fr-CA' })
    await signIn(target, person)
    await signIn(target, person, phone)
    const mail = await inbox().waitForMail({ to: person.email, timeoutMs: 40_000 })
    expect(mail.subject).toBe('Nouvelle connexion à Atrium')
    expect(mail.text).toContain('Safari on iPhone')
    expect(mail.html).toContain('<html lang="fr">')
  })

  it('[AUD-05] shows the own sign-ins and wrong passwords', async () => {
    const person = await authPerson(target)
    const client = await signIn(target, person, phone)
    await deviceClient(target).auth.signInWithPassword({ email: person.email, password: 'wrong' })
    const { data } = await client.rpc('list_my_sign_ins')
    expect(data).toEqual([
      expect.objectContaining({ is_successful: false }),
      expect.objectContaining({ is_successful: true, device: 'Safari on iPhone' }),
    ])
  })

  it('[SEC-07] takes no password any more after ten wrong ones, and says nothing else than before', async () => {
    const person = await authPerson(target)
    const attempt = (password: string) =>
      deviceClient(target).auth.signInWithPassword({ email: person.email, password })
    const wrong = await attempt('wrong')
    for (let count = 1; count < 10; count += 1) await attempt('wrong')
    const right = await attempt(person.password)
    expect(right.error?.code).toBe('invalid_credentials')
    expect([right.error?.status, right.error?.message]).toEqual([wrong.error?.status, wrong.error?.message])
  })

  it('refuses to sign somebody up with a throw-away address', async () => {
    const { error } = await target
      .client()
      .auth.signUp({ email: `${crypto.randomUUID()}@mailinator.com`, password: 'Correct-horse-1' })
    expect(error).toMatchObject({ status: 422, message: 'Use an address that will last, not a throw-away one' })
  })
})
