import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withConnection } from '../../../local/postgres/database.ts'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { lacks, type TestTarget, testTarget } from '../../support/target.ts'

const password = 'Correct-horse-1'

describe('the first rooms, through the public API', { timeout: 60_000 }, () => {
  let target: TestTarget
  beforeAll(async () => {
    target = await testTarget()
  })
  afterAll(() => target[Symbol.asyncDispose]())

  const newEmail = (name: string) => `${name}.${crypto.randomUUID().slice(0, 8)}@example.com`

  const inbox = () => sandboxClient(target.sandboxUrl ?? '')

  /** Somebody who signed up, confirmed the address (by mail where it can be read) and signed in. */
  async function person(name: string) {
    const email = newEmail(name)
    const client = target.client()
    const data = { display_name: name }
    if (lacks.sandbox) {
      const made = await target
        .adminClient()
        .auth.admin.createUser({ email, password, email_confirm: true, user_metadata: data })
      expect(made.error).toBeNull()
    } else {
      const signUp = await client.auth.signUp({ email, password, options: { data } })
      expect(signUp.error).toBeNull()
      const mail = await inbox().waitForMail({ to: email, timeoutMs: 20_000 })
      const link = mail.links.find(({ url }) => url.includes('/auth/v1/verify'))
      await fetch(link?.url ?? '', { redirect: 'manual' })
    }
    const signIn = await client.auth.signInWithPassword({ email, password })
    expect(signIn.error).toBeNull()
    return { client, email, id: signIn.data.user?.id ?? '' }
  }

  it.skipIf(lacks.sandbox)('[IDN-02] lets nobody in before the link of the branded mail is opened', async () => {
    const email = newEmail('early')
    const client = target.client()
    const { data, error } = await client.auth.signUp({ email, password })
    expect(error).toBeNull()
    expect(data.session).toBeNull()
    expect((await client.auth.signInWithPassword({ email, password })).error?.code).toBe('email_not_confirmed')
    const mail = await inbox().waitForMail({ to: email, timeoutMs: 20_000 })
    expect(mail.html).toContain('Atrium')
    const link = mail.links.find(({ url }) => url.startsWith(`${target.apiUrl}/auth/v1/verify?`))
    const answer = await fetch(link?.url ?? '', { redirect: 'manual' })
    expect(answer.status).toBe(303)
    expect((await client.auth.signInWithPassword({ email, password })).error).toBeNull()
  })

  it.skipIf(lacks.sandbox)('[IDN-02] confirms by the code of the mail as well', async () => {
    const email = newEmail('code')
    const client = target.client()
    await client.auth.signUp({ email, password })
    const mail = await inbox().waitForMail({ to: email, timeoutMs: 20_000 })
    const { data, error } = await client.auth.verifyOtp({ email, token: mail.codes[0] ?? '', type: 'email' })
    expect(error).toBeNull()
    expect(data.session?.user.email).toBe(email)
  })

  it('[IDN-16] gives each person a profile and a personal organisation', async () => {
    const ada = await person('Ada')
    const profile = await ada.client.from('profiles').select('id, display_name').eq('id', ada.id).single()
    expect(profile.data).toEqual({ id: ada.id, display_name: 'Ada' })
    const { data } = await ada.client.from('organizations').select('kind, memberships(user_id, role)')
    expect(data).toEqual([{ kind: 'personal', memberships: [{ user_id: ada.id, role: 'owner' }] }])
  })

  it('[ORG-01] shows an organisation to its members and to nobody else, on every verb', async () => {
    const [ada, ben, eve] = [await person('Ada'), await person('Ben'), await person('Eve')]
    const founded = await ada.client.rpc('create_organization', { name: 'Lovelace Works' })
    expect(founded.error).toBeNull()
    const id = founded.data?.id ?? ''
    const read = (who: typeof ben) => who.client.from('organizations').select('name').eq('id', id)
    expect((await read(ben)).data).toEqual([])
    const added = await ada.client.rpc('add_member', { organization_id: id, user_id: ben.id, role: 'member' })
    expect(added.error).toBeNull()
    expect((await read(ben)).data).toEqual([{ name: 'Lovelace Works' }])

    for (const client of [eve.client, target.client()]) {
      const select = await client.from('organizations').select('name').eq('id', id)
      expect(select.data ?? []).toEqual([])
      const update = await client.from('organizations').update({ name: 'Taken' }).eq('id', id).select('name')
      expect(update.data ?? []).toEqual([])
      const remove = await client.from('organizations').delete().eq('id', id).select('name')
      expect(remove.data ?? []).toEqual([])
      const insert = await client.from('organizations').insert({ name: 'Mine', slug: 'mine' })
      expect(insert.error).not.toBeNull()
      const joining = await client.from('memberships').insert({ organization_id: id, user_id: eve.id, role: 'owner' })
      expect(joining.error).not.toBeNull()
      const adding = await client.rpc('add_member', { organization_id: id, user_id: eve.id, role: 'owner' })
      expect(adding.error).not.toBeNull()
    }
    expect((await read(ada)).data).toEqual([{ name: 'Lovelace Works' }])
    const { data: members } = await ada.client.from('memberships').select('user_id').eq('organization_id', id)
    expect(members?.map((member) => member.user_id).sort()).toEqual([ada.id, ben.id].sort())
  })

  it('answers a broken rule with the flat error of the backend, not with a stack trace', async () => {
    const eve = await person('Eve')
    const { error, status } = await eve.client.rpc('add_member', {
      organization_id: crypto.randomUUID(),
      user_id: eve.id,
      role: 'owner',
    })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(error?.code).toMatch(/^[a-z_]+$/)
    expect(error?.hint === null || typeof error?.hint === 'string').toBe(true)
  })

  it.skipIf(lacks.sandbox)(
    '[IDN-10] resets a forgotten password by mail, and [IDN-11] ends every other session',
    async () => {
      const ada = await person('Ada')
      const other = target.client()
      await other.auth.signInWithPassword({ email: ada.email, password })
      const fresh = target.client()
      const after = new Date()
      expect((await fresh.auth.resetPasswordForEmail(ada.email)).error).toBeNull()
      const mail = await inbox().waitForMail({
        to: ada.email,
        after: after.toISOString(),
        timeoutMs: 20_000,
      })
      const code = mail.codes[0] ?? ''
      expect((await fresh.auth.verifyOtp({ email: ada.email, token: code, type: 'recovery' })).error).toBeNull()
      expect((await fresh.auth.updateUser({ password: 'Another-horse-2' })).error).toBeNull()
      expect((await other.auth.refreshSession()).error).not.toBeNull()
      expect((await fresh.auth.refreshSession()).error).toBeNull()
      expect((await target.client().auth.signInWithPassword({ email: ada.email, password })).error).not.toBeNull()
    },
  )

  it('reports itself ready when everything behind it answers', async () => {
    const response = await fetch(`${target.apiUrl}/functions/v1/health/ready`)
    expect(response.status).toBe(200)
  })

  it.skipIf(lacks.database)(
    'runs its cron jobs: a due job is started by the schedule and leaves a record',
    async () => {
      const url = target.databaseUrl ?? ''
      const name = `proof_${crypto.randomUUID().slice(0, 8)}`
      await withConnection(url, async (sql) => {
        await sql.unsafe(`create table private.${name} (ran_at timestamptz)`)
        await sql`select cron.schedule(${name}, '1 seconds', ${`insert into private.${name} values (now())`})`
      })
      const look = () =>
        withConnection(url, async (sql) => {
          const [rows] = await sql.unsafe(`select count(*) > 0 as done from private.${name}`)
          const [runs] = await sql`
          select count(*) > 0 as done from cron.job_run_details
          where status = 'succeeded' and command like ${`%${name}%`}`
          return { hasRun: rows?.done, isRecorded: runs?.done }
        })
      try {
        await expect.poll(look, { timeout: 15_000 }).toEqual({ hasRun: true, isRecorded: true })
      } finally {
        await withConnection(url, async (sql) => {
          await sql`select cron.unschedule(${name})`
          await sql.unsafe(`drop table private.${name}`)
        })
      }
    },
  )
})
