import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withConnection } from '../../../local/postgres/database.ts'
import type { Database } from '../../../types/database.ts'
import { lacks, type TestTarget, testTarget } from '../../support/target.ts'

const password = 'Correct-horse-1'

describe('the audit log, through the public API', { timeout: 60_000 }, () => {
  let target: TestTarget
  beforeAll(async () => {
    target = await testTarget()
  })
  afterAll(() => target[Symbol.asyncDispose]())

  /** Somebody signed in, with a client that names itself. */
  async function person(name: string) {
    const email = `${name}.${crypto.randomUUID().slice(0, 8)}@example.com`
    const made = await target
      .adminClient()
      .auth.admin.createUser({ email, password, email_confirm: true, user_metadata: { display_name: name } })
    expect(made.error).toBeNull()
    const client = createClient<Database>(target.apiUrl, target.publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false },
      global: { headers: { 'user-agent': `${name}s browser`, 'x-request-id': `request-of-${name}` } },
    })
    const signIn = await client.auth.signInWithPassword({ email, password })
    expect(signIn.error).toBeNull()
    return { client, email, id: signIn.data.user?.id ?? '' }
  }

  async function organization(owner: Awaited<ReturnType<typeof person>>) {
    const { data, error } = await owner.client.rpc('create_organization', { name: `Court ${crypto.randomUUID()}` })
    expect(error).toBeNull()
    return data?.id ?? ''
  }

  it('[TST-25] [AUD-02] [AUD-18] has an entry with all fields for what somebody did', async () => {
    const [ada, grace] = [await person('ada'), await person('grace')]
    const id = await organization(ada)
    expect(
      (await ada.client.rpc('add_member', { organization_id: id, user_id: grace.id, role: 'viewer' })).error,
    ).toBeNull()
    const { data, error } = await ada.client
      .from('audit_logs')
      .select('*')
      .eq('organization_id', id)
      .eq('object_type', 'memberships')
      .contains('changes', { after: { user_id: grace.id } })
      .single()
    expect(error).toBeNull()
    expect(data).toEqual({
      id: expect.any(Number),
      organization_id: id,
      actor_kind: 'user',
      actor_id: ada.id,
      impersonated_user_id: null,
      action: 'create',
      object_type: 'memberships',
      object_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      changes: { after: expect.objectContaining({ user_id: grace.id, role: 'viewer', status: 'active' }) },
      ip_address: expect.stringMatching(/^[0-9a-f.:]+$/),
      user_agent: 'adas browser',
      request_id: expect.stringMatching(/^[\w-]{8,64}$/),
      occurred_at: expect.any(String),
    })
    expect(Math.abs(Date.now() - Date.parse(data?.occurred_at ?? ''))).toBeLessThan(60_000)
    // A viewer sees only what is the own.
    const seen = await grace.client.from('audit_logs').select('actor_id').eq('organization_id', id)
    expect(seen).toMatchObject({ data: [], error: null })
  })

  it('[TST-25] [AUD-03] is read page by page, by time, action and person', async () => {
    const ada = await person('ada')
    const id = await organization(ada)
    const before = new Date(Date.now() - 60_000).toISOString()
    for (const name of ['One', 'Two', 'Three', 'Four', 'Five']) {
      expect((await ada.client.from('organizations').update({ name }).eq('id', id)).error).toBeNull()
    }
    const renamings = () =>
      ada.client
        .from('user_actions')
        .select('id, occurred_at, name:changes->after->>name', { count: 'exact' })
        .eq('organization_id', id)
        .eq('user_id', ada.id)
        .eq('action', 'update')
        .eq('object_type', 'organizations')
        .not('changes->after->name', 'is', null)
        .gte('occurred_at', before)
        .order('occurred_at', { ascending: false })
        .order('id', { ascending: false })
    const [first, second] = [await renamings().range(0, 2), await renamings().range(3, 5)]
    expect(first.error).toBeNull()
    expect(first.count).toBe(5)
    expect([...(first.data ?? []), ...(second.data ?? [])].map(({ name }) => name)).toEqual([
      'Five',
      'Four',
      'Three',
      'Two',
      'One',
    ])
  })

  it('[A11-11] can be changed by nobody, not even with the secret key', async () => {
    const ada = await person('ada')
    const id = await organization(ada)
    for (const client of [ada.client, target.adminClient()]) {
      expect((await client.from('audit_logs').update({ action: 'x' }).eq('organization_id', id)).error?.code).toBe(
        '42501',
      )
      expect((await client.from('audit_logs').delete().eq('organization_id', id)).error?.code).toBe('42501')
    }
    const forged = {
      organization_id: id,
      actor_kind: 'user',
      action: 'x',
      object_type: 'x',
      occurred_at: '2026-01-01',
    } as const
    expect((await target.adminClient().from('audit_logs').insert(forged)).error?.code).toBe('42501')
  })

  it.skipIf(lacks.database)('[AUD-01] proves that it was not changed', async () => {
    const ada = await person('ada')
    const id = await organization(ada)
    await withConnection(target.databaseUrl ?? '', (sql) => sql`select private.job_seal_audit_logs(50000)`)
    const { data, error } = await ada.client.rpc('verify_audit_chain', { organization_id: id })
    expect(error).toBeNull()
    expect(data).toMatchObject({ is_intact: true, is_complete: true, unsealed_count: 0 })
    const entries = await ada.client
      .from('audit_logs')
      .select('*', { count: 'exact', head: true })
      .eq('organization_id', id)
    expect(data).toMatchObject({ checked_count: entries.count, head_sequence: entries.count })
  })

  it('[AUD-05] [AUD-19] tells sign-ins, wrong passwords and sign-outs, and data access that a function reports', async () => {
    const ada = await person('ada')
    expect(
      (await target.client().auth.signInWithPassword({ email: ada.email, password: 'wrong' })).error,
    ).not.toBeNull()
    const service = target.adminClient()
    const read = await service.rpc('record_audit_event', {
      action: 'download',
      object_type: 'documents',
      object_id: 'deck',
      actor_id: ada.id,
      ip_address: '203.0.113.7',
      user_agent: 'curl',
    })
    expect(read.error).toBeNull()
    const own = await ada.client.from('user_actions').select('action, object_type, ip_address, user_agent').order('id')
    expect(own.data).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'login', object_type: 'sessions', user_agent: 'adas browser' }),
        { action: 'download', object_type: 'documents', ip_address: '203.0.113.7', user_agent: 'curl' },
      ]),
    )
    await ada.client.auth.signOut()
    const told = await service.from('audit_logs').select('action').or(`actor_id.eq.${ada.id},object_id.eq.${ada.id}`)
    const actions = told.data?.map(({ action }) => action)
    expect(actions).toContain('login_failed')
    expect(actions).toContain('logout')
  })
})
