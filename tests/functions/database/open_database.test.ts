import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CallerDatabase, openDatabase } from '../../../supabase/functions/_shared/database/mod.ts'
import { fileDatabase, type Person, withCommit } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'

const claimsOf = ({ id }: Person) => ({ sub: id, role: 'authenticated' as const })

describe('the database as a caller', () => {
  let database: CallerDatabase
  let [ours, theirs]: GivenOrganization[] = []
  beforeAll(async () => {
    const { url } = await fileDatabase()
    database = openDatabase(() => url)
    ;[ours, theirs] = await withCommit(async (db) => [await given.organization(db), await given.organization(db)])
  })
  afterAll(() => database.close())
  const member = () => claimsOf(ours?.member ?? { id: '', email: '' })

  it('[PLT-24] shows what row-level security lets the caller see, and nothing else', async () => {
    const seen = await database.asCaller(
      member(),
      (sql) => sql`select id from public.organizations where kind = 'company'`,
    )
    expect(seen.map(({ id }) => id)).toEqual([ours?.id])
    const [who] = await database.asCaller(
      member(),
      (sql) => sql`select current_user as name, private.current_person_id() as id`,
    )
    expect(who).toEqual({ name: 'authenticated', id: ours?.member.id })
  })

  it('[PLT-24] runs as the service account of an API key, with what the key may do', async () => {
    const account = await withCommit((db) => given.serviceAccount(db, { organization: ours ?? { id: '' }, scopes: [] }))
    const claims = { role: 'authenticated' as const, service_account_id: account.id }
    const seen = (scopes: string[]) =>
      database.asCaller({ ...claims, scopes }, (sql) => sql`select id from public.organizations`)
    expect((await seen(['organization.read'])).map(({ id }) => id)).toEqual([ours?.id])
    expect(await seen([])).toEqual([])
  })

  it('lets an impersonated session read and nothing else', async () => {
    const person = await withCommit(async (db) => {
      const session = await given.session(db, { person: await given.person(db) })
      await db.exec(
        `insert into private.impersonations (session_id, user_id, reason, expires_at)
         values ($1, $2, 'Looking into a report', now() + interval '30 minutes')`,
        [String(session.claims?.session_id), session.id],
      )
      return session
    })
    const claims = { ...claimsOf(person), ...person.claims }
    expect(await database.asCaller(claims, (sql) => sql`select id from public.profiles`)).toHaveLength(1)
    await expect(database.asCaller(claims, (sql) => sql`create table public.things (id int)`)).rejects.toMatchObject({
      status: 403,
      code: 'impersonation_read_only',
    })
  })

  it('reads and writes lists', async () => {
    const list = ['plain', 'two words', 'a "quoted" one', 'back\\slash', 'comma, brace }', '']
    const [row] = await database.asCaller(
      member(),
      (sql) =>
        sql`select ${sql.types.list(list)}::text[] as texts, '{10.0.0.0/8,::1/128}'::cidr[] as networks, '{}'::text[] as none`,
    )
    expect(row).toEqual({ texts: list, networks: ['10.0.0.0/8', '::1/128'], none: [] })
  })

  it('[PLT-24] leaves nothing of a caller behind on a connection that the next one gets', async () => {
    await Promise.all(Array.from({ length: 20 }, () => database.asCaller(member(), (sql) => sql`select 1`)))
    const outsider = claimsOf(theirs?.member ?? { id: '', email: '' })
    const rounds = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        database.asCaller(index % 2 ? outsider : member(), (sql) => sql`select private.current_person_id() as id`),
      ),
    )
    expect(rounds.map(([row]) => row?.id)).toEqual(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? theirs : ours)?.member.id),
    )
  })

  it('[PLT-24] shares a few connections among many requests', async () => {
    const pids = await Promise.all(
      Array.from({ length: 50 }, () => database.asCaller(member(), (sql) => sql`select pg_backend_pid() as pid`)),
    )
    expect(new Set(pids.map(([row]) => row?.pid)).size).toBeLessThanOrEqual(4)
  })

  it('undoes everything when the work fails, and refuses changes where only reading was asked for', async () => {
    const rename = (isReadOnly: boolean) =>
      database.asCaller(
        claimsOf(ours?.owner ?? { id: '', email: '' }),
        async (sql) => {
          const changed =
            await sql`update public.organizations set name = 'Renamed' where id = ${ours?.id ?? ''} returning id`
          expect(changed).toHaveLength(1)
          throw new Error('changed my mind')
        },
        { isReadOnly },
      )
    await expect(rename(false)).rejects.toThrow('changed my mind')
    await expect(rename(true)).rejects.toMatchObject({ code: '25006' })
    const [row] = await database.asCaller(
      member(),
      (sql) => sql`select name from public.organizations where id = ${ours?.id ?? ''}`,
    )
    expect(row?.name).toBe('Organization')
  })

  it('passes on what the rules of the database answer, with status, code and hint', async () => {
    const add = database.asCaller(
      member(),
      (sql) => sql`select public.add_member(${ours?.id ?? ''}, ${theirs?.owner.id ?? ''}, 'member')`,
    )
    await expect(add).rejects.toMatchObject({ name: 'AppError', status: 403, code: 'permission_missing' })
  })

  it('[PLT-36] does a transaction anew that Postgres undid because it met another one, twice at most', async () => {
    const meet = (times: number, options: { isReadOnly?: boolean } = {}) => {
      let count = 0
      const work = database.asCaller(
        member(),
        async (sql) => {
          count += 1
          await sql`select set_config('test.attempts', concat(current_setting('test.attempts', true), 'x'), true)`
          if (count <= times) await sql`do $$ begin raise exception using errcode = '40P01'; end $$`
          const [row] = await sql`select current_setting('test.attempts', true) as kept`
          return row?.kept
        },
        options,
      )
      return work.then(
        (kept) => ({ count, kept }),
        (error: unknown) => ({ count, error }),
      )
    }
    // Of the attempts before nothing is left.
    expect(await meet(2)).toEqual({ count: 3, kept: 'x' })
    expect(await meet(3)).toMatchObject({ count: 3, error: { code: '40P01' } })
    expect(await meet(1, { isReadOnly: true })).toMatchObject({ count: 1, error: { code: '40P01' } })
  })

  it('[PLT-36] ends a statement that takes too long', async () => {
    const slow = database.asCaller(member(), (sql) => sql`select pg_sleep(30)`, { timeoutMs: 50 })
    await expect(slow).rejects.toMatchObject({ status: 504, code: 'request_timeout' })
  })

  it('[PLT-36] answers 503 when there is no database, and never with its address', async () => {
    const nowhere = openDatabase(() => 'postgres://postgres:secret@127.0.0.1:1/postgres')
    await expect(nowhere.asCaller(member(), (sql) => sql`select 1`)).rejects.toMatchObject({
      status: 503,
      code: 'database_unavailable',
      message: 'The database cannot be reached',
    })
    await nowhere.close()
  })

  it('tells times with all their digits and numbers as numbers', async () => {
    const [row] = await database.asCaller(
      member(),
      (sql) => sql`
        select '2026-01-31 10:30:00.123456+01'::timestamptz as at, 9007199254740991::bigint as cents, '2026-01-31'::date as day`,
    )
    expect(row).toEqual({ at: '2026-01-31T09:30:00.123456+00:00', cents: 9007199254740991, day: '2026-01-31' })
  })
})
