import { expect, it } from 'vitest'
import { type Database, SqlError, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actorIn, givenScene, matrix } from '../access/matrix.ts'

/** A platform admin in a session with a second factor. */
async function platformAdmin(db: Database) {
  const person = await given.person(db)
  await db.asOwner(() =>
    db.exec(`update auth.users set raw_app_meta_data = '{"platform_admin": true}' where id = $1`, [person.id]),
  )
  return { ...person, claims: { aal: 'aal2' } }
}

const suspend = (db: Database, id: string, reason = 'Unpaid') =>
  db.row<{ status: string }>('select status, suspension_reason from public.suspend_organization($1, $2)', [id, reason])

it('takes colours and a footer from who may change the organization, and no markup', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    await db.actAs(ours.admin)
    const set = (column: string, value: string) =>
      db.exec(`update public.organizations set ${column} = $1 where id = $2`, [value, ours.id])
    expect(await set('primary_color', '#1A2b3c')).toBe(1)
    expect(await set('mail_footer', 'Harbour Ventures AB\nBox 7, Stockholm')).toBe(1)
    for (const [column, value] of [
      ['primary_color', 'red'],
      ['secondary_color', '#fff;background:url(x)'],
      ['mail_footer', '<b>Hi</b>'],
      ['mail_footer', 'x'.repeat(501)],
      ['mail_footer', 'paid\u202Eexe'],
    ] as const) {
      await expect(set(column, value)).rejects.toMatchObject({ sqlstate: '23514' })
    }
    await expect(set('suspension_reason', 'x')).rejects.toMatchObject({ sqlstate: '42501' })
  }))

it('lets platform admins suspend an organization and end that, with a word in the audit log and a topic', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    await db.exec(
      `insert into private.event_subscriptions (topic_pattern, kind) values ('organization.*', 'test.heard')`,
    )
    await db.actAs(ours.owner)
    await expect(suspend(db, ours.id)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
    const admin = await platformAdmin(db)
    await db.actAs({ ...admin, claims: { aal: 'aal1' } })
    await expect(suspend(db, ours.id)).rejects.toMatchObject({ status: 403, code: 'second_factor_required' })
    await db.actAs(admin)
    expect(await suspend(db, ours.id)).toEqual({ status: 'suspended', suspension_reason: 'Unpaid' })
    expect(await suspend(db, ours.id)).toEqual({ status: 'suspended', suspension_reason: 'Unpaid' })
    await expect(suspend(db, ours.id, ' ')).rejects.toMatchObject({ status: 422, code: 'reason_invalid' })
    expect(await db.row('select status, suspension_reason from public.unsuspend_organization($1)', [ours.id])).toEqual({
      status: 'active',
      suspension_reason: null,
    })
    await expect(suspend(db, admin.id)).rejects.toMatchObject({ status: 404, code: 'organization_not_found' })
    await db.actAs('postgres')
    expect(
      await db.rows(`select payload ->> 'topic' as topic from private.jobs where kind = 'test.heard' order by id`),
    ).toEqual([{ topic: 'organization.suspended' }, { topic: 'organization.unsuspended' }])
    expect(
      await db.rows(
        `select actor_kind::text, changes -> 'after' ->> 'suspension_reason' as reason from public.audit_logs
         where action = 'update' and object_id = $1 and changes -> 'after' ? 'suspension_reason' order by id`,
        [ours.id],
      ),
    ).toEqual([
      { actor_kind: 'platform_admin', reason: 'Unpaid' },
      { actor_kind: 'platform_admin', reason: null },
    ])
  }))

// Rows of a person, not of an organization: a suspension elsewhere must not touch them.
const personal = ['public.profiles', 'public.profile_details']
const memberVerbs = (line: string) => line.trim().split(/\s+/)

it.each(matrix.filter(({ table }) => !personal.includes(table)).map((entry) => [entry.table, entry] as const))(
  'leaves %s readable and unchangeable in a suspended organization',
  (table, entry) =>
    withRollback(async (db) => {
      const scene = await givenScene(db)
      await db.exec('update public.organizations set suspended_at = now() where id = $1', [scene.organization.id])
      for (const [place, actor] of [
        [3, 'member'],
        [4, 'admin'],
        [5, 'owner'],
      ] as const) {
        await db.actAs(actorIn(scene, actor))
        if (memberVerbs(entry.select)[place] === 'yes') {
          const shown = await db.rows(`select 1 from ${table} where ${entry.row(scene)}`)
          expect(shown.length, `${actor} reads`).toBeGreaterThan(0)
        }
        for (const statement of [
          `insert into ${table} ${entry.insert(scene)}`,
          `update ${table} set ${entry.update} where ${entry.row(scene)}`,
          `delete from ${table} where ${entry.row(scene)}`,
        ]) {
          const touched = await db.exec(statement).catch((error: unknown) => {
            // 55000: a view that nobody writes through.
            if (error instanceof SqlError && ['42501', '55000'].includes(error.sqlstate)) return 0
            throw error
          })
          expect(touched, `${actor}: ${statement}`).toBe(0)
        }
      }
    }),
)

it('keeps what the law keeps when an organization is purged, until its time is over', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db, { name: 'Gone Ltd' })
    await given.limit(db, { organization: ours, key: 'members', value: 7 })
    await db.exec(`select private.retain_table('private.organization_limits', '10 years', 'A test''s bookkeeping act')`)
    await db.exec(`update public.organizations set deleted_at = now() - interval '31 days' where id = $1`, [ours.id])
    await db.exec('select private.job_purge_deleted_organizations(100)')
    expect(await db.rows('select id from public.organizations where id = $1', [ours.id])).toEqual([])
    const kept = () =>
      db.rows(
        `select table_name, content ->> 'value' as value, extract(year from age(expires_at, now()))::int as years
         from private.retained_records where former_organization_id = $1`,
        [ours.id],
      )
    expect(await kept()).toEqual([{ table_name: 'private.organization_limits', value: '7', years: 10 }])
    await db.exec('select private.job_purge_retained_records(100)')
    expect(await kept()).toHaveLength(1)
    await db.exec('update private.retained_records set expires_at = now()')
    await db.exec('select private.job_purge_retained_records(100)')
    expect(await kept()).toEqual([])
    await expect(db.exec(`select private.retain_table('public.profiles', '1 year', 'x')`)).rejects.toMatchObject({
      sqlstate: '42703',
    })
  }))
