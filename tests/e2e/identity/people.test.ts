import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withConnection } from '../../../local/postgres/database.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const password = 'Correct-horse-1'

describe('a person, through the running stack', { timeout: 90_000 }, () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await testStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  /** Follows redirects from the sign-in button until the browser would be back at the app. */
  async function browse(start: string): Promise<URL> {
    let location = start
    for (let step = 0; step < 8; step += 1) {
      const response = await fetch(location, { redirect: 'manual' })
      location = response.headers.get('location') ?? ''
      if (location.startsWith('http://127.0.0.1:3000')) return new URL(location)
    }
    throw new Error(`The browser never came back from ${location}`)
  }

  it('[IDN-19] finds the own profile filled after a sign-in with LinkedIn, which tells no company', async () => {
    await fetch(`${stack.sandboxUrl}/api/identity/people`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        people: [{ sub: 'lin-1', name: 'Ana Okafor', email: 'ana.okafor@example.test', emailVerified: true }],
        auto: true,
      }),
    })
    const client = stack.client()
    const { data } = await client.auth.signInWithOAuth({
      provider: 'linkedin_oidc',
      options: {
        skipBrowserRedirect: true,
        redirectTo: 'http://127.0.0.1:3000/in',
        queryParams: { login_hint: 'lin-1' },
      },
    })
    const fragment = new URLSearchParams((await browse(data.url ?? '')).hash.slice(1))
    const session = await client.auth.setSession({
      access_token: fragment.get('access_token') ?? '',
      refresh_token: fragment.get('refresh_token') ?? '',
    })
    const profile = await client
      .from('profiles')
      .select('display_name, company, position')
      .eq('id', session.data.user?.id ?? '')
      .single()
    expect(profile.data).toEqual({ display_name: 'Ana Okafor', company: null, position: null })
    const details = await client.from('profile_details').select('field_sources').single()
    expect(details.data?.field_sources).toEqual({ display_name: 'linkedin_oidc' })
  })

  it('[A1-07] deletes the account: nobody signs in, the address is free, files are gone, audit entries stay', async () => {
    const email = `${crypto.randomUUID()}@example.com`
    const make = () => stack.adminClient().auth.admin.createUser({ email, password, email_confirm: true })
    const id = (await make()).data.user?.id ?? ''
    const client = stack.client()
    const { data: mailed } = await stack.adminClient().auth.admin.generateLink({ type: 'magiclink', email })
    const token = mailed.properties?.email_otp ?? ''
    expect((await client.auth.verifyOtp({ email, token, type: 'email' })).error).toBeNull()
    const picture = new Blob([Uint8Array.from([137, 80, 78, 71])], { type: 'image/png' })
    expect((await client.storage.from('picture-uploads').upload(`${id}/me.png`, picture)).error).toBeNull()
    const asked = await client.rpc('delete_my_account', { confirmation: email })
    expect(asked.data).toMatchObject({ user_id: id, status: 'waiting' })
    await withConnection(stack.database.url, async (sql) => {
      await sql`update public.account_deletions set due_at = now() where user_id = ${id}`
      await sql`select private.job_erase_accounts(10)`
    })
    expect((await stack.client().auth.signInWithPassword({ email, password })).error?.code).toBe('invalid_credentials')
    expect((await client.from('profiles').select('id').eq('id', id)).data).toEqual([])
    const files = () =>
      withConnection(stack.database.url, (sql) => sql`select 1 from storage.objects where owner_id = ${id}`)
    await expect.poll(async () => (await files()).length, { timeout: 60_000, interval: 250 }).toBe(0)
    const again = await make()
    expect(again.error).toBeNull()
    expect(again.data.user?.id).not.toBe(id)
    const entries = await withConnection(
      stack.database.url,
      (sql) => sql<{ action: string }[]>`select action from public.audit_logs where object_id = ${id}`,
    )
    expect(entries.map(({ action }) => action)).toContain('person_deleted')
  })
})
