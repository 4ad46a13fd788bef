import { describe, expect, it } from 'vitest'
import { atOnce, type Database, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { deliveriesOf, emit, givenEndpoint } from './webhook_support.ts'

const create = (db: Database, organizationId: string, url: string, topics = '{*}') =>
  db.row('select * from public.create_webhook_endpoint($1, $2, $3::text::text[])', [organizationId, url, topics])
const endpoint = (db: Database, id: string) =>
  db.asOwner(() =>
    db.row('select *, disabled_reason::text as reason from public.webhook_endpoints where id = $1', [id]),
  )
const secretsOf = (db: Database, id: string) =>
  db.asOwner(async () =>
    (
      await db.rows<{ secret: string }>(
        `select decrypted_secret as secret from private.webhook_secrets join vault.decrypted_secrets using (id)
         where endpoint_id = $1 order by expires_at desc nulls first`,
        [id],
      )
    ).map(({ secret }) => secret),
  )

describe('making a webhook endpoint', () => {
  it('[A11-01] shows a secret of 32 random bytes once, which the database keeps in Vault alone', () =>
    withRollback(async (db) => {
      const { id, secret, organization } = await givenEndpoint(db)
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
      expect(await secretsOf(db, id)).toEqual([secret])
      const other = await givenEndpoint(db, { organization, url: 'https://other.example.test/' })
      expect(other.secret).not.toBe(secret)
      await expect(db.rows('select * from private.webhook_secrets')).rejects.toMatchObject({ sqlstate: '42501' })
      const stored = await db.asOwner(() => db.rows('select secret, description from vault.secrets'))
      expect(JSON.stringify(stored)).not.toContain(secret)
    }))

  it('[A11-01] is for who may manage webhooks', () =>
    withRollback(async (db) => {
      const { organization, id } = await givenEndpoint(db)
      const stranger = await given.organization(db)
      for (const [actor, status] of [
        [organization.member, 403],
        [stranger.owner, 404],
      ] as const) {
        await db.actAs(actor)
        await expect(create(db, organization.id, 'https://a.example.test/')).rejects.toMatchObject({ status })
        for (const call of [
          'update_webhook_endpoint($1)',
          'rotate_webhook_secret($1)',
          'delete_webhook_endpoint($1)',
          'send_test_webhook_event($1)',
          `replay_failed_webhook_deliveries($1, now())`,
        ]) {
          // Who may not read endpoints does not learn that this one exists.
          await expect(db.rows(`select public.${call}`, [id])).rejects.toMatchObject({
            status: 404,
            code: 'webhook_endpoint_not_found',
          })
        }
      }
      expect((await endpoint(db, id)).is_active).toBe(true)
    }))

  it.each([
    'http://example.com/',
    'https://user:password@example.com/',
    'https://user@example.com/',
    'ftp://example.com/',
    'https://',
    'https://a b.example.com/',
    'https://example.com\\@evil.example/',
    '',
    `https://example.com/${'x'.repeat(2000)}`,
  ])('[A11-09] [A11-01] refuses the URL %s', (url) =>
    withRollback(async (db) => {
      const { organization } = await givenEndpoint(db)
      await expect(create(db, organization.id, url)).rejects.toMatchObject({ status: 422, code: 'webhook_url_invalid' })
    }),
  )

  it.each([
    '{}',
    '{nothing.like_this}',
    '{Invoice.paid}',
    '{""}',
    '{null}',
    '{invoice.paid,null}',
    '{"invoice.paid,*"}',
  ])('refuses the topics %s', (topics) =>
    withRollback(async (db) => {
      const { organization } = await givenEndpoint(db)
      await expect(create(db, organization.id, 'https://a.example.test/', topics)).rejects.toMatchObject({
        status: 422,
        code: 'webhook_topics_invalid',
      })
    }),
  )

  it('takes plain http on this machine, which deliveries refuse outside development', () =>
    withRollback(async (db) => {
      const { organization } = await givenEndpoint(db)
      await create(db, organization.id, 'http://127.0.0.1:54324/webhook-receiver/hooks/a')
      await expect(create(db, organization.id, 'http://127.0.0.1.example.com/')).rejects.toMatchObject({ status: 422 })
    }))

  it('refuses a second one with the same URL', () =>
    withRollback(async (db) => {
      const { organization } = await givenEndpoint(db)
      await expect(create(db, organization.id, 'https://hook.example.test/in')).rejects.toMatchObject({
        status: 409,
        code: 'webhook_endpoint_exists',
      })
    }))

  it('[A11-01] keeps to the limit of the plan', () =>
    withRollback(async (db) => {
      const { organization } = await givenEndpoint(db)
      await given.limit(db, { organization, key: 'webhook_endpoints', value: 2 })
      await create(db, organization.id, 'https://b.example.test/')
      await expect(create(db, organization.id, 'https://c.example.test/')).rejects.toMatchObject({
        status: 409,
        code: 'webhook_endpoint_limit_reached',
      })
      await given.limit(db, { organization, key: 'webhook_endpoints', value: null })
      await create(db, organization.id, 'https://c.example.test/')
    }))

  it('keeps to it when two are made at once', async () => {
    const organization = await withCommit(async (db) => (await givenEndpoint(db)).organization)
    await withCommit((db) => given.limit(db, { organization, key: 'webhook_endpoints', value: 2 }))
    const make = (url: string) => async (db: Database) => {
      await db.actAs(organization.admin)
      return create(db, organization.id, url)
    }
    const [first, second] = await atOnce(make('https://b.example.test/'), make('https://c.example.test/'))
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'webhook_endpoint_limit_reached' } })
  })
})

describe('changing a webhook endpoint', () => {
  it('changes what is given, and fails what is pending when it is switched off', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      expect(await emit(db, 'invoice.paid', organization)).toBe(1)
      await db.row(`select * from public.update_webhook_endpoint($1, description := 'Books')`, [id])
      expect(await endpoint(db, id)).toMatchObject({ description: 'Books', topic_patterns: ['invoice.*'] })
      const off = () => db.row('select is_active from public.update_webhook_endpoint($1, is_active := false)', [id])
      expect(await off()).toEqual({ is_active: false })
      const { disabled_at } = await endpoint(db, id)
      expect(await off()).toEqual({ is_active: false })
      expect(await endpoint(db, id)).toMatchObject({ reason: 'manual', disabled_at })
      expect(await deliveriesOf(db, id)).toMatchObject([{ status: 'failed', attempt_count: 0 }])
      expect(await emit(db, 'invoice.paid', organization)).toBe(0)
      await db.row('select * from public.update_webhook_endpoint($1, is_active := true)', [id])
      expect(await endpoint(db, id)).toMatchObject({ reason: null, disabled_at: null, is_active: true })
      expect(await emit(db, 'invoice.paid', organization)).toBe(1)
    }))

  it('keeps to the rules of making one', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await givenEndpoint(db, { organization, url: 'https://other.example.test/' })
      const update = (what: string) => db.row(`select * from public.update_webhook_endpoint($1, ${what})`, [id])
      await expect(update(`url := 'http://example.com/'`)).rejects.toMatchObject({ code: 'webhook_url_invalid' })
      await expect(update(`url := 'https://other.example.test/'`)).rejects.toMatchObject({
        code: 'webhook_endpoint_exists',
      })
      await expect(update(`topic_patterns := '{}'`)).rejects.toMatchObject({ code: 'webhook_topics_invalid' })
    }))

  it('[A11-02] has both secrets sign during the overlap, and never more than two', () =>
    withRollback(async (db) => {
      const { id, secret, organization } = await givenEndpoint(db)
      await emit(db, 'invoice.paid', organization)
      const rotate = (hours: number) =>
        db.row<{ secret: string }>('select * from public.rotate_webhook_secret($1, $2)', [id, hours])
      const signing = () =>
        db.asOwner(async () => {
          const [delivery] = await deliveriesOf(db, id)
          const started = 'select secrets from public.start_webhook_delivery($1, 1)'
          return (await db.row<{ secrets: string[] }>(started, [delivery?.id ?? ''])).secrets
        })
      expect(await signing()).toEqual([secret])
      const second = await rotate(24)
      expect(second).toMatchObject({ former_secret_expires_at: expect.any(Date) })
      expect(await signing()).toEqual([second.secret, secret])
      const third = await rotate(1)
      expect(await signing()).toEqual([third.secret, second.secret])
      await db.asOwner(() =>
        db.exec(
          `update private.webhook_secrets set expires_at = now() - interval '1 second' where expires_at is not null`,
        ),
      )
      expect(await signing()).toEqual([third.secret])
      const fourth = await rotate(0)
      expect(await signing()).toEqual([fourth.secret])
      for (const hours of [-1, 169]) {
        await expect(rotate(hours)).rejects.toMatchObject({ status: 422, code: 'webhook_overlap_invalid' })
      }
    }))

  it('takes its secrets out of Vault when it is deleted, and the subscription with the last one', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await db.row('select * from public.rotate_webhook_secret($1)', [id])
      const other = await givenEndpoint(db, { organization, url: 'https://other.example.test/' })
      const count = (what: string) => db.asOwner(async () => (await db.rows(`select ${what}`)).length)
      const before = await count('from vault.secrets')
      await db.rows('select public.delete_webhook_endpoint($1)', [id])
      expect(before - (await count('from vault.secrets'))).toBe(2)
      await expect(db.rows('select public.delete_webhook_endpoint($1)', [id])).rejects.toMatchObject({ status: 404 })
      const subscriptions = `from private.event_subscriptions where organization_id = '${organization.id}'`
      expect(await count(subscriptions)).toBe(1)
      await db.rows('select public.delete_webhook_endpoint($1)', [other.id])
      expect(await count(subscriptions)).toBe(0)
      expect(before - (await count('from vault.secrets'))).toBe(3)
    }))

  it('goes with its organization, secrets and all', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await emit(db, 'invoice.paid', organization)
      await db.actAs('postgres')
      await db.exec('delete from public.organizations where id = $1', [organization.id])
      expect(await db.rows('select from vault.secrets where description like $1', [`%${id}`])).toEqual([])
      expect(
        await db.rows('select from public.webhook_messages where organization_id = $1', [organization.id]),
      ).toEqual([])
    }))

  it('[A11-02] [AUD-02] stands in the audit log without its URL, rotation included', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await db.row(`select * from public.update_webhook_endpoint($1, url := 'https://secret-path.example.test/')`, [id])
      await db.row('select * from public.rotate_webhook_secret($1)', [id])
      const entries = await db.asOwner(() =>
        db.rows<{ action: string; changes: object | null }>(
          `select action, changes from public.audit_logs
           where organization_id = $1 and object_id = $2 and actor_id = $3 order by id`,
          [organization.id, id, organization.admin.id],
        ),
      )
      expect(entries).toHaveLength(3)
      expect(entries[2]?.action).toBe('rotate_secret')
      expect(JSON.stringify(entries)).not.toContain('example.test')
    }))
})
