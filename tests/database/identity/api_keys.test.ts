import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const createAccount = (db: Database, organization: GivenOrganization, role = 'member', name = 'Importer') =>
  db.row<{ id: string }>('select id from public.create_service_account($1, $2, $3)', [organization.id, name, role])

interface MadeKey {
  key_id: string
  secret: string
}

const createKey = (
  db: Database,
  accountId: string,
  options: { scopes?: string; ips?: string; expires?: string } = {},
) =>
  db.row<MadeKey>(
    'select * from public.create_api_key($1, $2, $3::text::text[], $4::text::timestamptz, $5::text::cidr[])',
    [accountId, 'Nightly import', options.scopes ?? '{members.read}', options.expires ?? null, options.ips ?? '{}'],
  )

const resolve = (db: Database, secret: string, address: string | null = null) =>
  db.asOwner(() =>
    db.rows<{ key_id: string; scopes: string[]; is_address_admitted: boolean; is_address_bound: boolean }>(
      'select * from public.resolve_api_key($1, $2)',
      [sha256(secret), address],
    ),
  )

async function givenKey(db: Database, as: 'owner' | 'admin' = 'admin') {
  const organization = await given.organization(db, { areVerified: true })
  await db.actAs(organization[as])
  const account = await createAccount(db, organization)
  return { organization, account, key: await createKey(db, account.id) }
}

const callerOf = (accountId: string, scopes: readonly string[]): Person => ({
  id: accountId,
  email: '',
  claims: { sub: null, email: null, service_account_id: accountId, scopes },
})

it('[ORG-06] makes a service account that belongs to the organization with a role below the maker', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await db.actAs(organization.admin)
    const { id } = await createAccount(db, organization, 'agent')
    expect(await db.row('select role, user_id from public.memberships where service_account_id = $1', [id])).toEqual({
      role: 'agent',
      user_id: null,
    })
    await db.actAs(callerOf(id, ['members.read']))
    expect((await db.rows('select id from public.memberships')).length).toBe(4)
    await db.actAs(callerOf(id, ['organization.read']))
    expect(await db.rows('select id from public.memberships')).toEqual([])
  }))

it('[ORG-06] gives no program a role at or above the own one, nor the owner role at all', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await db.actAs(organization.admin)
    await expect(createAccount(db, organization, 'admin')).rejects.toMatchObject({ code: 'role_too_high' })
    await db.actAs(organization.owner)
    await expect(createAccount(db, organization, 'owner')).rejects.toMatchObject({ code: 'role_unknown' })
    await expect(createAccount(db, organization, 'vendor')).rejects.toMatchObject({ code: 'role_unknown' })
    await db.actAs(organization.member)
    await expect(createAccount(db, organization, 'viewer')).rejects.toMatchObject({ code: 'permission_missing' })
    const { owner: outsider } = await db.asOwner(() => given.organization(db))
    await db.actAs(outsider)
    await expect(createAccount(db, organization)).rejects.toMatchObject({ code: 'organization_not_found' })
  }))

it('keeps names of service accounts apart and their number within the limit', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await given.limit(db, { organization, key: 'service_accounts', value: 1 })
    await db.actAs(organization.admin)
    await expect(createAccount(db, organization, 'member', ' ')).rejects.toMatchObject({
      code: 'service_account_name_invalid',
    })
    await createAccount(db, organization)
    await expect(createAccount(db, organization, 'member', 'Second')).rejects.toMatchObject({
      code: 'service_account_limit_reached',
    })
    await given.limit(db, { organization, key: 'service_accounts', value: null })
    await expect(createAccount(db, organization)).rejects.toMatchObject({ code: 'service_account_exists' })
  }))

it('[ORG-05] shows a key once, in a form that scanners recognise, and keeps its hash alone', () =>
  withRollback(async (db) => {
    const { organization, account, key } = await givenKey(db)
    expect(key.secret).toMatch(/^atk_live_[0-9a-f]{8}_[0-9a-f]{54}$/)
    expect(sha256(key.secret.slice(0, -6)).slice(0, 6)).toBe(key.secret.slice(-6))
    expect(await resolve(db, key.secret)).toMatchObject([
      {
        key_id: key.key_id,
        service_account_id: account.id,
        organization_id: organization.id,
        scopes: ['members.read'],
        expires_at: null,
        is_address_bound: false,
        is_address_admitted: true,
      },
    ])
    expect(await resolve(db, `${key.secret.slice(0, -1)}x`)).toEqual([])
  }))

it('[A1-13] keeps no key in the tables, the audit log or the jobs of its events', () =>
  withRollback(async (db) => {
    await db.exec(`insert into private.event_subscriptions (topic_pattern, kind) values ('*', 'sample.run')`)
    const { organization, key } = await givenKey(db)
    const rotated = await db.row<MadeKey>('select * from public.rotate_api_key($1)', [key.key_id])
    await db.actAs('postgres')
    const kept = await db.row<{ text: string; topics: string[]; audited: string }>(
      `select
         (select json_agg(k)::text from public.api_keys k) || (select json_agg(a)::text from public.audit_logs a)
           || (select json_agg(j)::text from private.jobs j) as text,
         (select array_agg(payload ->> 'topic' order by id) from private.jobs where payload ->> 'topic' like 'api\\_key.%')
           as topics,
         (select count(*) from public.audit_logs where organization_id = $1 and object_type = 'api_keys') as audited`,
      [organization.id],
    )
    for (const secret of [key.secret, rotated.secret]) {
      expect(kept.text).not.toContain(secret.slice(-54))
      expect(kept.text).not.toContain(sha256(secret))
    }
    expect(kept.topics).toEqual(['api_key.created', 'api_key.rotated'])
    expect(Number(kept.audited)).toBe(3)
  }))

it('[IDN-32] [A1-13] is made and replaced by who verified a code within the last ten minutes', () =>
  withRollback(async (db) => {
    const { organization, account, key } = await givenKey(db)
    const required = { status: 403, code: 'verification_required' }
    await db.actAs(await given.session(db, { person: organization.admin, verifiedBy: 'password' }))
    await expect(createKey(db, account.id)).rejects.toMatchObject(required)
    await expect(db.rows('select public.rotate_api_key($1)', [key.key_id])).rejects.toMatchObject(required)
    // Taking a key away needs no more than the permission: it may be the answer to a theft.
    await db.row('select * from public.revoke_api_key($1)', [key.key_id])
  }))

it('[A1-13] gives a key no scope that its maker does not have', () =>
  withRollback(async (db) => {
    const { account } = await givenKey(db)
    await expect(createKey(db, account.id, { scopes: '{organization.delete}' })).rejects.toMatchObject({
      code: 'permission_too_high',
    })
    await expect(createKey(db, account.id, { scopes: '{no.such}' })).rejects.toMatchObject({
      code: 'permission_unknown',
    })
    await expect(createKey(db, account.id, { scopes: '{}' })).rejects.toMatchObject({ code: 'api_key_scopes_invalid' })
    await expect(createKey(db, account.id, { expires: '2020-01-01' })).rejects.toMatchObject({
      code: 'api_key_expiry_invalid',
    })
  }))

it('[A1-13] lets no key do more than the role of its account, and none make further keys', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db, { areVerified: true })
    await db.actAs(organization.owner)
    const account = await createAccount(db, organization, 'viewer')
    await createKey(db, account.id, { scopes: '{organization.update,api_keys.manage,api_keys.read}' })
    await db.actAs(
      callerOf(account.id, ['organization.update', 'organization.read', 'api_keys.manage', 'api_keys.read']),
    )
    expect(await db.exec(`update public.organizations set name = 'Mine'`)).toBe(0)
    expect(await db.rows('select id from public.api_keys')).toEqual([])
    await expect(createKey(db, account.id)).rejects.toMatchObject({ code: 'service_account_not_found' })
    await db.actAs(organization.owner)
    const higher = await createAccount(db, organization, 'admin', 'Manager')
    await db.actAs(callerOf(higher.id, ['members.read', 'api_keys.manage', 'api_keys.read']))
    await expect(createKey(db, higher.id)).rejects.toMatchObject({ code: 'role_too_high' })
    await expect(createAccount(db, organization, 'viewer', 'Child')).rejects.toMatchObject({ code: 'role_too_high' })
  }))

it('hides keys from other organizations and from members without the permission', () =>
  withRollback(async (db) => {
    const { organization, account, key } = await givenKey(db)
    await db.actAs(organization.member)
    expect(await db.rows('select id from public.api_keys')).toEqual([])
    await expect(db.rows('select public.revoke_api_key($1)', [key.key_id])).rejects.toMatchObject({
      code: 'api_key_not_found',
    })
    await expect(createKey(db, account.id)).rejects.toMatchObject({ code: 'permission_missing' })
    const { owner: outsider } = await db.asOwner(() => given.organization(db))
    await db.actAs(outsider)
    expect(await db.rows('select id from public.api_keys')).toEqual([])
    for (const call of ['revoke_api_key', 'rotate_api_key']) {
      await expect(db.rows(`select public.${call}($1)`, [key.key_id])).rejects.toMatchObject({
        code: 'api_key_not_found',
      })
    }
    for (const call of ['disable_service_account', 'delete_service_account']) {
      await expect(db.rows(`select public.${call}($1)`, [account.id])).rejects.toMatchObject({
        code: 'service_account_not_found',
      })
    }
  }))

it('[A1-13] shows the hash of a key to nobody', () =>
  withRollback(async (db) => {
    const { organization } = await givenKey(db, 'owner')
    for (const actor of ['anon', organization.owner, 'service_role'] as const) {
      await db.actAs(actor)
      await expect(db.rows('select hash from private.api_key_hashes')).rejects.toMatchObject({ sqlstate: '42501' })
    }
    await db.actAs(organization.owner)
    await expect(db.rows(`select public.resolve_api_key('x')`)).rejects.toMatchObject({ sqlstate: '42501' })
    await expect(db.rows(`select public.refresh_api_keys('{}')`)).rejects.toMatchObject({ sqlstate: '42501' })
  }))

it('rotates a key with an overlap, in which both work, once', () =>
  withRollback(async (db) => {
    const { key } = await givenKey(db)
    await expect(db.rows('select public.rotate_api_key($1, -1)', [key.key_id])).rejects.toMatchObject({
      code: 'api_key_overlap_invalid',
    })
    const next = await db.row<MadeKey>('select * from public.rotate_api_key($1, 3600)', [key.key_id])
    expect(await resolve(db, key.secret)).toMatchObject([{ key_id: key.key_id, expires_at: expect.anything() }])
    expect(await resolve(db, next.secret)).toMatchObject([{ key_id: next.key_id, scopes: ['members.read'] }])
    await expect(db.rows('select public.rotate_api_key($1)', [key.key_id])).rejects.toMatchObject({
      code: 'api_key_not_active',
    })
    const last = await db.row<MadeKey>('select * from public.rotate_api_key($1, 0)', [next.key_id])
    await db.asOwner(() => db.exec(`update public.api_keys set overlap_ends_at = now() where id = $1`, [next.key_id]))
    expect(await resolve(db, next.secret)).toEqual([])
    expect(await resolve(db, last.secret)).toHaveLength(1)
  }))

it('[A1-13] refuses keys that were revoked or have expired, and those of a disabled or deleted account', () =>
  withRollback(async (db) => {
    const { account, key } = await givenKey(db)
    const refreshed = () =>
      db.asOwner(() => db.rows('select * from public.refresh_api_keys($1::text::uuid[])', [`{${key.key_id}}`]))
    expect(await refreshed()).toEqual([{ key_id: key.key_id }])
    await db.rows('select public.disable_service_account($1)', [account.id])
    expect([await resolve(db, key.secret), await refreshed()]).toEqual([[], []])
    await db.rows('select public.enable_service_account($1)', [account.id])
    expect(await resolve(db, key.secret)).toHaveLength(1)
    await db.asOwner(() =>
      db.exec(
        `update public.api_keys set created_at = now() - interval '2 days', expires_at = now() - interval '1 day'`,
      ),
    )
    expect([await resolve(db, key.secret), await refreshed()]).toEqual([[], []])
    await db.asOwner(() => db.exec('update public.api_keys set expires_at = null'))
    const revoke = () => db.row('select * from public.revoke_api_key($1)', [key.key_id])
    const first = await revoke()
    expect(await revoke()).toEqual(first)
    expect([await resolve(db, key.secret), await refreshed()]).toEqual([[], []])
    await db.rows('select public.delete_service_account($1)', [account.id])
    expect(await db.rows('select id from public.api_keys')).toEqual([])
  }))

it('[SEC-20] admits a key from the networks of its allow-list alone, where the plan has allow-lists', () =>
  withRollback(async (db) => {
    const { organization, account } = await givenKey(db)
    const ips = '{203.0.113.0/24,2001:db8::/32}'
    await expect(createKey(db, account.id, { ips })).rejects.toMatchObject({
      code: 'api_key_allowed_ips_limit_reached',
    })
    await given.limit(db, { organization, key: 'api_key_allowed_ips', value: 2 })
    const { secret } = await createKey(db, account.id, { ips })
    const admitted = async (address: string | null) => (await resolve(db, secret, address))[0]?.is_address_admitted
    expect(await admitted('203.0.113.9')).toBe(true)
    expect(await admitted('::ffff:203.0.113.9')).toBe(true)
    expect(await admitted('2001:db8::1')).toBe(true)
    expect(await admitted('203.0.114.9')).toBe(false)
    expect(await admitted('not an address')).toBe(false)
    expect(await admitted(null)).toBe(false)
  }))

it('keeps the number of keys within the limit, without those that are being replaced', () =>
  withRollback(async (db) => {
    const { organization, account, key } = await givenKey(db)
    await given.limit(db, { organization, key: 'api_keys', value: 1 })
    await expect(createKey(db, account.id)).rejects.toMatchObject({ code: 'api_key_limit_reached' })
    await db.rows('select public.rotate_api_key($1)', [key.key_id])
    await expect(createKey(db, account.id)).rejects.toMatchObject({ code: 'api_key_limit_reached' })
    await given.limit(db, { organization, key: 'api_keys', value: 2 })
    await createKey(db, account.id)
  }))

it('[A1-13] notes the last use of a key, once a minute at most', () =>
  withRollback(async (db) => {
    const { key } = await givenKey(db)
    const lastUse = () =>
      db.asOwner(() =>
        db.row<{ used: string; updated: string }>(
          'select last_used_at::text as used, updated_at::text as updated from public.api_keys where id = $1',
          [key.key_id],
        ),
      )
    const before = await lastUse()
    expect(before.used).toBeNull()
    await resolve(db, key.secret)
    const first = await lastUse()
    expect(first.used).not.toBeNull()
    await resolve(db, key.secret)
    expect(await lastUse()).toEqual(first)
    await db.asOwner(() => db.exec(`update public.api_keys set last_used_at = now() - interval '2 minutes'`))
    await db.asOwner(() =>
      db.rows('select * from public.refresh_api_keys($1::text::uuid[], $1::text::uuid[])', [`{${key.key_id}}`]),
    )
    const later = await lastUse()
    expect(later.used > first.used).toBe(true)
    expect(later.updated).toBe(before.updated)
  }))

it('[SEC-07] locks an account after five wrong passwords, longer each time, wherever they come from', () =>
  withRollback(async (db) => {
    const begin = async (account = 'a') =>
      (await db.row<{ wait: number | null }>('select public.begin_sign_in($1) as wait', [account])).wait
    await db.actAs('service_role')
    for (let attempt = 1; attempt <= 5; attempt++) expect(await begin()).toBeNull()
    expect(await begin()).toBeGreaterThan(50)
    expect(await begin('b')).toBeNull()
    const unlock = () =>
      db.asOwner(() => db.exec(`update private.sign_in_attempts set locked_until = now() - interval '1 s'`))
    await unlock()
    expect(await begin()).toBeNull()
    const second = await begin()
    expect(second).toBeGreaterThan(110)
    await db.row('select public.forgive_sign_ins($1)', ['a'])
    expect(await begin()).toBeNull()
    await db.asOwner(() =>
      db.exec(`update private.sign_in_attempts set failed_count = 14, last_tried_at = now() - interval '16 minutes'`),
    )
    expect(await begin()).toBeNull()
    expect(await begin()).toBeNull()
  }))

it('forgets wrong passwords after an hour', () =>
  withRollback(async (db) => {
    await db.exec(`insert into private.sign_in_attempts (account, failed_count, last_tried_at)
      values ('old', 9, now() - interval '2 hours'), ('new', 1, now())`)
    expect(await db.row('select private.purge_sign_in_attempts(10) as count')).toEqual({ count: 1 })
    expect(await db.rows('select account from private.sign_in_attempts')).toEqual([{ account: 'new' }])
  }))
