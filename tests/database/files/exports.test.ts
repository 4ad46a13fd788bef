import { describe, expect, it } from 'vitest'
import { atOnce, type Database, type Person, withCommit, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'

interface Export {
  readonly id: string
  readonly state: string
  readonly job_id: string
}

const request = (db: Database, organization: { id: string }, list = 'members', format = 'csv') =>
  db.row<Export>('select * from public.request_export($1, $2, $3::text::public.export_format)', [
    organization.id,
    list,
    format,
  ])
const requestAs = async (db: Database, person: Person, organization: { id: string }, list?: string) => {
  await db.actAs(person)
  return request(db, organization, list)
}
const stateOf = (db: Database, id: string) =>
  db.asOwner(() => db.row('select state::text, failure_code from public.exports where id = $1', [id]))
const part = (number: number, changes: object = {}) =>
  JSON.stringify({
    ...{ part_number: number, object_path: `parts/${number}`, size_bytes: 10, row_count: 5, sheet_number: 1 },
    ...{ sheet_row_count: 5 * number, plain_bytes: 10, crc32: 1, last_value: 'a', last_id: 'b', is_last: false },
    ...changes,
  })
const record = (db: Database, id: string, number: number) =>
  db.row<{ is_ours: boolean }>('select public.record_export_part($1, $2::text::jsonb, 12) as is_ours', [
    id,
    part(number),
  ])
const begin = async (db: Database, id: string) => {
  await db.actAs('service_role')
  return (await db.row<{ work: Record<string, unknown> | null }>('select public.begin_export($1) as work', [id])).work
}
/** Takes an export to its end. */
const makeReady = async (db: Database, organization: { id: string }, id: string) => {
  await begin(db, id)
  await record(db, id, 1)
  return db.row<{ is_ready: boolean }>('select public.finish_export($1, $2, 100) as is_ready', [
    id,
    `${organization.id}/${id}/file.csv`,
  ])
}
const auditOf = (db: Database, id: string) =>
  db.asOwner(() =>
    db.rows(
      `select action, actor_kind::text, actor_id, changes from public.audit_logs
       where object_type = 'exports' and object_id = $1 order by id`,
      [id],
    ),
  )

describe('asking for an export', () => {
  it('[A10-10] makes a job that the requester can follow, and keeps what the requester may do', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const member = await given.session(db, { person: organization.member, claims: { aal: 'aal2' } })
      const made = await requestAs(db, member, organization)
      expect(made).toMatchObject({ state: 'queued', requested_by: member.id, row_count: '0' })
      expect(await db.row('select kind, state from public.get_job_progress($1)', [made.job_id])).toEqual({
        kind: 'export.run',
        state: 'queued',
      })
      await db.actAs('postgres')
      expect(await db.row('select claims from private.export_claims where export_id = $1', [made.id])).toEqual({
        claims: { sub: member.id, role: 'authenticated', aal: 'aal2' },
      })
    }))

  it('[AUD-07] is audited with the list, the columns and by what was filtered, and so are its end and each download', () =>
    withRollback(async (db) => {
      const { id, member } = await given.organization(db)
      await db.actAs(member)
      const made = await db.row<Export>(
        `select * from public.request_export($1, 'invitations', 'xlsx', '{"email": "ada@example.com"}', '{id,email}')`,
        [id],
      )
      await makeReady(db, { id }, made.id)
      await db.actAs(member)
      await db.row('select list from public.record_export_download($1)', [made.id])
      const who = { actor_kind: 'user', actor_id: member.id }
      expect(await auditOf(db, made.id)).toEqual([
        {
          ...{ action: 'export', ...who },
          changes: { list: 'invitations', format: 'xlsx', fields: ['id', 'email'], filters: ['email'] },
        },
        {
          ...{ action: 'finish_export', ...who },
          changes: { list: 'invitations', format: 'xlsx', row_count: 5, size_bytes: 100 },
        },
        { ...{ action: 'download', ...who }, changes: { list: 'invitations', row_count: 5 } },
      ])
    }))

  it('needs exports.run, and the organization itself', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { person: viewer } = await given.member(db, { organization, role: 'viewer' })
      await expect(requestAs(db, viewer, organization)).rejects.toMatchObject({
        status: 403,
        code: 'permission_missing',
      })
      await expect(requestAs(db, await given.person(db), organization)).rejects.toMatchObject({
        status: 404,
        code: 'organization_not_found',
      })
      const account = await given.serviceAccount(db, { organization, scopes: ['organization.read'] })
      await expect(requestAs(db, account, organization)).rejects.toMatchObject({ status: 403 })
    }))

  it('gives the export that is under way when it is asked for again, and a new one afterwards', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const first = await requestAs(db, organization.member, organization)
      expect((await request(db, organization)).id).toBe(first.id)
      expect((await request(db, organization, 'members', 'json')).id).not.toBe(first.id)
      expect((await requestAs(db, organization.admin, organization)).id).not.toBe(first.id)
      await makeReady(db, organization, first.id)
      expect((await requestAs(db, organization.member, organization)).id).not.toBe(first.id)
    }))

  it('makes one export of two same requests at once', async () => {
    const organization = await withCommit((db) => given.organization(db))
    const ask = (db: Database) => requestAs(db, organization.member, organization)
    const [first, second] = await atOnce(ask, ask)
    expect([first.status, second.status]).toEqual(['fulfilled', 'fulfilled'])
    if (first.status === 'fulfilled' && second.status === 'fulfilled') expect(second.value.id).toBe(first.value.id)
  })

  it('stops at as many as the plan has at once, with two at once too', async () => {
    const organization = await withCommit(async (db) => {
      const made = await given.organization(db)
      await given.limit(db, { organization: made, key: 'concurrent_exports', value: 2 })
      await requestAs(db, made.member, made, 'api_keys')
      return made
    })
    const ends = await atOnce(
      (db) => requestAs(db, organization.member, organization, 'members'),
      (db) => requestAs(db, organization.admin, organization, 'members'),
    )
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(ends[1]).toMatchObject({ reason: { status: 409, code: 'export_limit_reached' } })
  })
})

describe('writing an export', () => {
  const given1 = async (db: Database): Promise<{ organization: GivenOrganization; id: string }> => {
    const organization = await given.organization(db)
    const { id } = await requestAs(db, organization.member, organization)
    return { organization, id }
  }

  it('goes on after the last part that counts, and counts none twice', () =>
    withRollback(async (db) => {
      const { id } = await given1(db)
      expect(await begin(db, id)).toMatchObject({ state: 'running', last_part: null })
      expect(await record(db, id, 1)).toEqual({ is_ours: true })
      expect(await record(db, id, 2)).toEqual({ is_ours: true })
      // A worker that was thought dead.
      expect(await record(db, id, 2)).toEqual({ is_ours: false })
      expect(await record(db, id, 4)).toEqual({ is_ours: false })
      expect(await begin(db, id)).toMatchObject({
        row_count: 10,
        total_count: 12,
        last_part: expect.objectContaining({ part_number: 2, last_value: 'a', last_id: 'b' }),
      })
      const { parts } = await db.row<{ parts: { part_number: number }[] }>(
        'select public.list_export_parts($1) as parts',
        [id],
      )
      expect(parts.map(({ part_number }) => part_number)).toEqual([1, 2])
    }))

  it('ends for a program whose key was revoked meanwhile', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const account = await given.serviceAccount(db, { organization, scopes: ['exports.run'] })
      const { key } = await db.row<{ key: string }>(
        `insert into public.api_keys (organization_id, service_account_id, name, prefix, scopes)
         values ($1, $2, 'Till', 'atk_live_0e0e0e0e', '{exports.run}') returning id as key`,
        [organization.id, account.id],
      )
      const program = { ...account, claims: { ...account.claims, sub: null, api_key_id: key } }
      const made = await requestAs(db, program, organization)
      expect(await begin(db, made.id)).toMatchObject({ claims: { service_account_id: account.id, api_key_id: key } })
      await db.asOwner(() => db.exec('update public.api_keys set revoked_at = now() where id = $1', [key]))
      expect(await begin(db, made.id)).toBeNull()
      expect(await stateOf(db, made.id)).toEqual({ state: 'failed', failure_code: 'api_key_invalid' })
    }))

  it('tells by topic that the file is ready, or why there is none', () =>
    withRollback(async (db) => {
      await db.exec(`select private.subscribe('data.*', 'test.hear')`)
      const { organization, id } = await given1(db)
      await makeReady(db, organization, id)
      const other = await requestAs(db, organization.member, organization)
      await db.actAs('service_role')
      await db.row('select public.fail_export($1, $2, $3)', [other.id, 'permission_missing', 'Cannot export'])
      await db.actAs('postgres')
      const heard = await db.rows<{ payload: { topic: string; event: object } }>(
        `select payload from private.jobs where kind = 'test.hear' order by id`,
      )
      expect(heard.map(({ payload: { topic, event } }) => ({ topic, event }))).toEqual([
        { topic: 'data.exported', event: expect.objectContaining({ export_id: id, row_count: 5, list: 'members' }) },
        {
          topic: 'data.export_failed',
          event: expect.objectContaining({ export_id: other.id, failure_code: 'permission_missing' }),
        },
      ])
    }))

  it('is called off by the requester alone, once and while it is under way', () =>
    withRollback(async (db) => {
      const { organization, id } = await given1(db)
      const cancel = () => db.row('select state::text from public.cancel_export($1)', [id])
      await db.actAs(organization.owner)
      await expect(cancel()).rejects.toMatchObject({ status: 404, code: 'export_not_found' })
      await begin(db, id)
      await db.actAs(organization.member)
      expect(await cancel()).toEqual({ state: 'cancelled' })
      expect(await cancel()).toEqual({ state: 'cancelled' })
      await db.actAs('service_role')
      expect(await record(db, id, 1)).toEqual({ is_ours: false })
      expect(await begin(db, id)).toBeNull()
      const other = await requestAs(db, organization.member, organization)
      await makeReady(db, organization, other.id)
      await db.actAs(organization.member)
      await expect(db.row('select public.cancel_export($1)', [other.id])).rejects.toMatchObject({
        status: 409,
        code: 'export_not_cancellable',
      })
    }))
})

describe('a finished export', () => {
  const ready = async (db: Database) => {
    const organization = await given.organization(db)
    const { id } = await requestAs(db, organization.member, organization)
    await makeReady(db, organization, id)
    return { organization, id }
  }
  const expire = (db: Database) => db.asOwner(() => db.row('select private.expire_exports(10) as count'))
  const leftovers = async (db: Database, organization: { id: string }, id: string) => {
    await db.actAs('service_role')
    const { names } = await db.row<{ names: string[] }>('select public.list_export_leftovers($1, $2) as names', [
      organization.id,
      id,
    ])
    return names
  }

  it('[A10-10] is counted at each download and given to nobody but the requester', () =>
    withRollback(async (db) => {
      const { organization, id } = await ready(db)
      const download = async () => {
        await db.row('select list from public.record_export_download($1)', [id])
        return db.row('select download_count from public.exports where id = $1', [id])
      }
      await db.actAs(organization.member)
      expect(await download()).toEqual({ download_count: 1 })
      expect(await download()).toEqual({ download_count: 2 })
      await db.actAs(organization.owner)
      await expect(download()).rejects.toMatchObject({ status: 404, code: 'export_not_found' })
      await db.asOwner(() =>
        db.exec('delete from public.memberships where user_id = $1 and organization_id = $2', [
          organization.member.id,
          organization.id,
        ]),
      )
      await db.actAs(organization.member)
      await expect(download()).rejects.toMatchObject({ status: 404 })
      expect(await db.rows('select id from public.exports')).toEqual([])
    }))

  it('[A10-10] lasts as many days as the setting says, then the file goes and later the row', () =>
    withRollback(async (db) => {
      await db.exec(`update private.settings set value = '2' where key = 'files.export_days'`)
      const { organization, id } = await ready(db)
      expect(
        await db.asOwner(() =>
          db.row(`select expires_at = now() + interval '2 days' as is_due from public.exports where id = $1`, [id]),
        ),
      ).toEqual({ is_due: true })
      await db.asOwner(() =>
        db.exec(`insert into storage.buckets (id, name) values ('exports', 'exports') on conflict do nothing`),
      )
      await db.asOwner(() =>
        db.exec(
          `insert into storage.objects (bucket_id, name)
           values ('exports', $1 || '/' || $2 || '/file.csv'), ('exports', $1 || '/' || $2 || '/parts/1')`,
          [organization.id, id],
        ),
      )
      expect(await leftovers(db, organization, id)).toEqual([`${organization.id}/${id}/parts/1`])
      await db.actAs(organization.member)
      const link = () => db.row('select file_path, link_seconds from public.record_export_download($1)', [id])
      expect(await link()).toEqual({ file_path: `${organization.id}/${id}/file.csv`, link_seconds: 15 * 60 })
      await db.asOwner(() =>
        db.exec(`update public.exports set expires_at = now() + interval '90 seconds' where id = $1`, [id]),
      )
      expect(await link()).toMatchObject({ link_seconds: 90 })
      await db.asOwner(() => db.exec('update public.exports set expires_at = now() where id = $1', [id]))
      await db.actAs(organization.member)
      await expect(db.row('select public.record_export_download($1)', [id])).rejects.toMatchObject({
        status: 409,
        code: 'export_not_ready',
      })
      expect(await expire(db)).toEqual({ count: 1 })
      expect(await stateOf(db, id)).toMatchObject({ state: 'expired' })
      expect(await leftovers(db, organization, id)).toHaveLength(2)
      await db.asOwner(() =>
        db.exec(
          `update public.exports set expires_at = now() - interval '31 days', finished_at = now() - interval '38 days'
           where id = $1`,
          [id],
        ),
      )
      expect(await expire(db)).toEqual({ count: 1 })
      expect(await db.asOwner(() => db.rows('select id from public.exports where id = $1', [id]))).toEqual([])
      const cleanings = await db.asOwner(() =>
        db.rows<{ payload: object }>(
          `select payload from private.jobs where kind = 'export.clean' and organization_id is null and payload ->> 'export_id' = $1`,
          [id],
        ),
      )
      // When it was ready, when it expired and when its row went.
      expect(cleanings).toHaveLength(3)
      expect(cleanings[0]?.payload).toEqual({ organization_id: organization.id, export_id: id })
    }))

  it('is failed when its job was given up', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const made = await requestAs(db, organization.member, organization)
      await db.asOwner(() =>
        db.exec(`update public.exports set created_at = now() - interval '10 minutes' where id = $1`, [made.id]),
      )
      expect(await expire(db)).toEqual({ count: 0 })
      await db.asOwner(() =>
        db.exec(`update private.jobs set state = 'dead', finished_at = now() where id = $1`, [made.job_id]),
      )
      expect(await expire(db)).toEqual({ count: 1 })
      expect(await stateOf(db, made.id)).toEqual({ state: 'failed', failure_code: 'export_not_written' })
    }))

  it('goes with its organization, and so do its objects', () =>
    withRollback(async (db) => {
      const { organization, id } = await ready(db)
      await db.actAs('postgres')
      await db.exec('delete from public.organizations where id = $1', [organization.id])
      expect(await db.rows('select id from public.exports where id = $1', [id])).toEqual([])
      expect(
        await db.rows('select payload, organization_id from private.jobs where dedupe_key = $1', [`${id}:deleted`]),
      ).toEqual([{ payload: { organization_id: organization.id, export_id: id }, organization_id: null }])
    }))
})
