import { expect, it } from 'vitest'
import { z } from 'zod'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

const request = (db: Database) =>
  db.row<{ id: string; user_id: string; state: string }>(
    'select id, user_id, state::text from public.request_my_data_export()',
  )
const pageSchema = z.object({
  rows: z.array(z.record(z.string(), z.unknown())),
  next: z.record(z.string(), z.unknown()).nullable(),
})
/** All rows of a table, in pages. */
const readTable = async (db: Database, userId: string, table: string, pageSize = 100) => {
  const rows: Record<string, unknown>[] = []
  let after: unknown = null
  do {
    const { page } = await db.row<{ page: unknown }>(
      'select public.read_personal_rows($1, $2, $3::text::jsonb, $4) as page',
      [userId, table, after === null ? null : JSON.stringify(after), pageSize],
    )
    const parsed = pageSchema.parse(page)
    rows.push(...parsed.rows)
    after = parsed.next
  } while (after !== null)
  return rows
}
const read = async (db: Database, userId: string) => {
  await db.actAs('service_role')
  const { tables } = await db.row<{ tables: string[] | null }>('select public.list_personal_tables($1) as tables', [
    userId,
  ])
  if (tables === null) return null
  const data: Record<string, Record<string, unknown>[]> = {}
  for (const table of tables) data[table] = await readTable(db, userId, table)
  return data
}
const expire = (db: Database) =>
  db.asOwner(() => db.row<{ count: number }>('select private.expire_personal_exports(10) as count'))
const stateOf = (db: Database, id: string) =>
  db.asOwner(() => db.row('select state::text, file_path from public.personal_exports where id = $1', [id]))
const finish = async (db: Database, id: string, path: string) => {
  await db.actAs('service_role')
  return db.row<{ at: Date | null }>('select public.finish_personal_export($1, $2, 100) as at', [id, path])
}

it('[A1-08] reads every registered table of the person, nothing of others and no hidden column', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    const { member: ana, owner: ben } = ours
    await db.exec(
      `insert into public.consents (user_id, kind, version, is_granted)
       values ('${ana.id}', 'terms', '1', true), ('${ben.id}', 'terms', '1', true), ('${ben.id}', 'privacy', '1', true);
       insert into private.impersonations (session_id, user_id, reason, expires_at)
       values (gen_random_uuid(), '${ana.id}', 'Looks at a fault', now() + interval '1 hour');
       insert into private.known_devices (user_id, fingerprint) values ('${ana.id}', repeat('a', 64))`,
    )
    const data = await read(db, ana.id)
    expect(data?.account).toEqual([expect.objectContaining({ id: ana.id, email: ana.email })])
    expect(data?.['public.profiles']).toEqual([expect.objectContaining({ id: ana.id })])
    expect(data?.['public.consents']).toEqual([expect.objectContaining({ user_id: ana.id, kind: 'terms' })])
    // That somebody looked, and not who it was or what for.
    const [looked] = data?.['private.impersonations'] ?? []
    expect(looked).toMatchObject({ user_id: ana.id })
    for (const hidden of ['session_id', 'admin_id', 'reason']) expect(looked).not.toHaveProperty(hidden)
    const [device] = data?.['private.known_devices'] ?? []
    expect(Object.keys(device ?? {}).sort()).toEqual(['first_seen_at', 'last_seen_at', 'user_id'])
    await db.actAs('postgres')
    const registered = await db.rows<{ name: string; column: string; is_exported: boolean }>(
      `select nspname || '.' || relname as name, user_column as column, is_exported
       from private.personal_data join pg_class on pg_class.oid = table_name
       join pg_namespace on pg_namespace.oid = relnamespace`,
    )
    for (const { name, column, is_exported } of registered) {
      if (!is_exported) expect(data, name).not.toHaveProperty([name])
      else for (const row of data?.[name] ?? [{}]) expect(row[column], name).toBe(ana.id)
    }
    expect(JSON.stringify(data)).not.toContain(ben.email)
  }))

it('[A1-08] reads a table in pages, each row once', () =>
  withRollback(async (db) => {
    const [ana, ben] = [await given.person(db), await given.person(db)]
    const insert = `insert into private.known_devices (user_id, fingerprint, first_seen_at)
      select $1, md5(number::text) || md5(number::text), now() + number * interval '1 second'
      from generate_series(1, 25) as number`
    for (const { id } of [ana, ben]) await db.exec(insert, [id])
    await db.actAs('service_role')
    for (const pageSize of [1, 7, 25, 26]) {
      const rows = await readTable(db, ana.id, 'private.known_devices', pageSize)
      expect(new Set(rows.map(({ first_seen_at }) => first_seen_at)).size).toBe(25)
      expect(rows).toHaveLength(25)
    }
    await expect(readTable(db, ana.id, 'auth.users')).rejects.toMatchObject({ sqlstate: 'P0002' })
  }))

it('[AUD-07] records the request in the audit log and gives it to the queue', () =>
  withRollback(async (db) => {
    const ana = await given.session(db, { person: await given.person(db) })
    await db.actAs(ana)
    const made = await request(db)
    expect(made).toMatchObject({ user_id: ana.id, state: 'queued' })
    await db.actAs('postgres')
    expect(
      await db.rows(`select actor_id, object_type from public.audit_logs where action = 'export' and object_id = $1`, [
        made.id,
      ]),
    ).toEqual([{ actor_id: ana.id, object_type: 'personal_exports' }])
    expect(await db.rows(`select payload from private.jobs where kind = 'person.export'`)).toEqual([
      { payload: { export_id: made.id, user_id: ana.id } },
    ])
  }))

it('[A1-08] makes one export a day for each person, and another at once when it failed', () =>
  withRollback(async (db) => {
    const [ana, ben] = [await given.person(db), await given.person(db)]
    await db.actAs(ana)
    const made = await request(db)
    await expect(request(db)).rejects.toMatchObject({ status: 429, code: 'personal_export_requested_recently' })
    await db.actAs(ben)
    expect(await request(db)).toMatchObject({ user_id: ben.id })
    await db.asOwner(() => db.exec(`update public.personal_exports set state = 'failed' where id = $1`, [made.id]))
    await db.actAs(ana)
    const second = await request(db)
    await db.asOwner(() =>
      db.exec(
        `update public.personal_exports set state = 'expired', created_at = now() - interval '25 hours' where id = $1`,
        [second.id],
      ),
    )
    expect(await request(db)).toMatchObject({ state: 'queued' })
  }))

it('[A1-08] shows exports to the person alone and refuses apps that act for them', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    await db.actAs(ours.member)
    const { id } = await request(db)
    expect(await db.rows('select id from public.personal_exports')).toEqual([{ id }])
    await db.actAs(ours.owner)
    expect(await db.rows('select id from public.personal_exports')).toEqual([])
    await db.actAs(await given.appOf(db, { person: ours.member }))
    expect(await db.rows('select id from public.personal_exports')).toEqual([])
    await expect(request(db)).rejects.toMatchObject({ status: 403, code: 'person_required' })
  }))

it('[A1-08] removes the zip after seven days, and the row thirty days later', () =>
  withRollback(async (db) => {
    const ana = await given.person(db)
    await db.actAs(ana)
    const { id } = await request(db)
    const path = `${ana.id}/${id}.zip`
    expect((await finish(db, id, path)).at).toBeInstanceOf(Date)
    expect(await expire(db)).toEqual({ count: 0 })
    await db.asOwner(() => db.exec('update public.personal_exports set expires_at = now()'))
    expect(await expire(db)).toEqual({ count: 1 })
    expect(await stateOf(db, id)).toEqual({ state: 'expired', file_path: null })
    await db.asOwner(async () => {
      expect(await db.rows(`select payload from private.jobs where kind = 'person.remove_export'`)).toEqual([
        { payload: { file_path: path } },
      ])
    })
    // The word of a worker that was slow.
    expect(await finish(db, id, path)).toEqual({ at: null })
    await db.asOwner(() =>
      db.exec(
        `insert into public.personal_exports (user_id, state, updated_at)
         values ($1, 'expired', now() - interval '31 days')`,
        [ana.id],
      ),
    )
    expect(await expire(db)).toEqual({ count: 1 })
    expect(await stateOf(db, id)).toMatchObject({ state: 'expired' })
  }))

it('[A1-08] fails an export whose job is dead, not one that is still tried', () =>
  withRollback(async (db) => {
    const ana = await given.person(db)
    await db.actAs(ana)
    const { id } = await request(db)
    await db.asOwner(() => db.exec(`update public.personal_exports set created_at = now() - interval '1 hour'`))
    expect(await expire(db)).toEqual({ count: 0 })
    await db.asOwner(() => db.exec(`delete from private.jobs where kind = 'person.export'`))
    expect(await expire(db)).toEqual({ count: 1 })
    expect(await stateOf(db, id)).toEqual({ state: 'failed', file_path: null })
    // A zip that was written without a word of it.
    await db.actAs('postgres')
    expect(await db.rows(`select payload from private.jobs where kind = 'person.remove_export'`)).toEqual([
      { payload: { file_path: `${ana.id}/${id}.zip` } },
    ])
  }))

it('[A1-08] leaves no export of a deleted account and finds its zip among the files to remove', () =>
  withRollback(async (db) => {
    const ana = await given.person(db)
    await db.actAs(ana)
    const { id } = await request(db)
    const path = `${ana.id}/${id}.zip`
    await db.actAs('postgres')
    await db.exec(`insert into storage.buckets (id, name) values ('exports', 'exports') on conflict do nothing`)
    await db.exec(`insert into storage.objects (bucket_id, name) values ('exports', $1)`, [path])
    await db.exec('select private.erase_person($1)', [ana.id])
    expect(await read(db, ana.id)).toBeNull()
    expect(await finish(db, id, path)).toEqual({ at: null })
    expect(await db.rows('select bucket, name from public.list_personal_files($1)', [ana.id])).toEqual([
      { bucket: 'exports', name: path },
    ])
  }))
