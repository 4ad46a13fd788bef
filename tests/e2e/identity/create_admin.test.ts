import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { createAdmin } from '../../../scripts/create_admin.ts'
import { lacks, type TestTarget, testTarget } from '../../support/target.ts'

describe('the script that makes the first platform admin', { timeout: 60_000 }, () => {
  let target: TestTarget
  beforeAll(async () => {
    target = await testTarget()
  })
  afterAll(() => target[Symbol.asyncDispose]())

  const rights = async (id: string) => (await target.adminClient().auth.admin.getUserById(id)).data.user?.app_metadata

  it.skipIf(lacks.sandbox)(
    '[IDN-15] makes an account with the right and mails a link to choose a password',
    async () => {
      const email = `admin-${crypto.randomUUID()}@example.com`
      const { id, isNew } = await createAdmin(target.adminClient(), email)
      expect(isNew).toBe(true)
      expect(await rights(id)).toMatchObject({ platform_admin: true })
      const mail = await sandboxClient(target.sandboxUrl ?? '').waitForMail({ to: email, timeoutMs: 20_000 })
      const client = target.client()
      const opened = await client.auth.verifyOtp({ email, token: mail.codes[0] ?? '', type: 'recovery' })
      expect(opened.data.user?.app_metadata).toMatchObject({ platform_admin: true })
    },
  )

  it('[IDN-15] gives the right to a person who is there, once, and leaves the rest of the account alone', async () => {
    const email = `person-${crypto.randomUUID()}@example.com`
    const password = 'Correct-horse-1'
    const made = await target.adminClient().auth.admin.createUser({ email, password, email_confirm: true })
    for (const _ of [1, 2]) {
      expect(await createAdmin(target.adminClient(), email.toUpperCase())).toEqual({
        id: made.data.user?.id,
        isNew: false,
      })
    }
    const { data } = await target.client().auth.signInWithPassword({ email, password })
    expect(data.user?.app_metadata).toMatchObject({ platform_admin: true, provider: 'email' })
  })

  it('[IDN-15] is no way for a user to get the right', async () => {
    const email = `eve-${crypto.randomUUID()}@example.com`
    await target.adminClient().auth.admin.createUser({ email, password: 'Correct-horse-1', email_confirm: true })
    const eve = target.client()
    await eve.auth.signInWithPassword({ email, password: 'Correct-horse-1' })
    const { data } = await eve.auth.updateUser({ data: { platform_admin: true } })
    expect(data.user?.app_metadata).not.toHaveProperty('platform_admin')
    await expect(createAdmin(eve, email)).rejects.toThrow()
  })
})
