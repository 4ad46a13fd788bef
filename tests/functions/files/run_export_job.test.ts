import { randomUUID } from 'node:crypto'
import { parse } from 'csv-parse/sync'
import { read } from 'hucre'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type CallerDatabase, openDatabase } from '../../../supabase/functions/_shared/database/mod.ts'
import { cleanExportJobWith, exportLists, runExportJobWith } from '../../../supabase/functions/_shared/exports/mod.ts'
import type { JobOutcome, RpcClient } from '../../../supabase/functions/_shared/platform/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { fileDatabase, type Person, withCommit } from '../../support/database.ts'
import { type FakeStorage, fakeStorage } from '../../support/fake_storage.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { fakeJob } from '../platform/fakes.ts'

/** Many small steps. */
const pace = { partCharacters: 2_000, batchCharacters: 1_200, firstBatchRows: 3, mostBatchRows: 6, stepMs: 0 }
const inviteeCount = 25

/** Called around each call of something outside; throws where the worker is to die. */
type Hook = (moment: 'before' | 'after', what: string) => Promise<void>

describe('the job that writes exports', { timeout: 120_000 }, () => {
  let database: CallerDatabase
  let organization: GivenOrganization
  beforeAll(async () => {
    const { url } = await fileDatabase()
    database = openDatabase(() => url)
    organization = await withCommit(async (db) => {
      const made = await given.organization(db)
      await given.limit(db, { organization: made, key: 'concurrent_exports', value: null })
      // Several of one time, as of one import: the id decides.
      await db.exec(
        `insert into public.invitations (organization_id, email, role, invited_by, expires_at, created_at)
         select $1, 'invitee-' || number || '@example.com', 'member', $2, now() + interval '7 days',
           now() - interval '1 day' + (number / 7) * interval '1 microsecond'
         from generate_series(1, ${inviteeCount}) as number`,
        [made.id, made.owner.id],
      )
      return made
    })
  })
  afterAll(() => database.close())

  const request = (
    person: Person,
    list: string,
    options: { format?: string; filters?: object; fields?: string } = {},
  ) =>
    withCommit(async (db) => {
      await db.actAs(person)
      const { id } = await db.row<{ id: string }>(
        `select id from public.request_export($1, $2, $3::text::public.export_format, $4::text::jsonb, $5::text::text[])`,
        [
          organization.id,
          list,
          options.format ?? 'csv',
          JSON.stringify(options.filters ?? {}),
          options.fields === undefined ? null : `{${options.fields}}`,
        ],
      )
      return id
    })
  const find = (id: string) =>
    withCommit((db) =>
      db.row<{ state: string; failure_code: string | null; file_path: string | null; row_count: string }>(
        'select state::text, failure_code, file_path, row_count from public.exports where id = $1',
        [id],
      ),
    )

  function job(storage: FakeStorage, hook: Hook = async () => {}) {
    const around = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
      await hook('before', what)
      const result = await call()
      await hook('after', what)
      return result
    }
    const db: RpcClient = { rpc: (name, parameters) => around(name, () => database.rpc(name, parameters)) }
    const deps = {
      ...{ clock: systemClock, logger: createLogger('test', () => {}), signal: AbortSignal.timeout(100_000), db },
      report: async () => {},
    }
    const handler = runExportJobWith(
      () => ({
        database: {
          asCaller: (claims, work, options) => around('read', () => database.asCaller(claims, work, options)),
        },
        storage: {
          ...storage,
          write: (...parameters) => around('write', () => storage.write(...parameters)),
        },
      }),
      pace,
    )
    return {
      step: (id: string) => handler.run(deps, fakeJob('export.run', { export_id: id })),
      clean: (id: string) =>
        cleanExportJobWith(() => storage).run(
          deps,
          fakeJob('export.clean', { organization_id: organization.id, export_id: id }),
        ),
    }
  }
  /** Runs an export to its end, anew after each death. @returns how often a worker died */
  async function finish(
    id: string,
    storage: FakeStorage,
    hook?: Hook,
  ): Promise<{ outcome: JobOutcome; deaths: number }> {
    let deaths = 0
    for (;;) {
      try {
        const outcome = await job(storage, hook).step(id)
        if (!outcome.continueWith) return { outcome, deaths }
      } catch (error) {
        if (!(error instanceof Error) || error.message !== 'Killed') throw error
        deaths += 1
      }
    }
  }
  async function contentOf(id: string, storage: FakeStorage): Promise<Uint8Array<ArrayBuffer>> {
    const { file_path } = await find(id)
    return storage.objects.get(`exports/${file_path}`)?.content ?? new Uint8Array()
  }
  const emails = Array.from({ length: inviteeCount }, (_nothing, index) => `invitee-${index + 1}@example.com`).sort()
  const emailsIn = (records: unknown) =>
    z
      .array(z.object({ email: z.string() }))
      .parse(records)
      .map(({ email }) => email)
      .sort()
  const emailsOfSheet = async (bytes: Uint8Array) => {
    const [header = [], ...rows] = (await read(bytes)).sheets[0]?.rows ?? []
    return rows.map((cells) => String(cells[header.indexOf('email')])).sort()
  }
  const csvOf = (bytes: Uint8Array): unknown => parse(Buffer.from(bytes), { bom: true, columns: true })

  it('[ANA-15] [A10-10] writes all rows that the requester may see, in parts that become one file', async () => {
    const storage = fakeStorage()
    const id = await request(organization.admin, 'invitations')
    const { outcome } = await finish(id, storage)
    expect(outcome.result).toMatchObject({ is_ready: true, row_count: inviteeCount })
    expect(emailsIn(csvOf(await contentOf(id, storage)))).toEqual(emails)
    expect(await find(id)).toMatchObject({ state: 'ready', row_count: String(inviteeCount) })
    const parts = [...storage.objects.keys()].filter((path) => path.includes('/parts/'))
    expect(parts.length).toBeGreaterThan(1)
  })

  it.each(exportLists.map(({ name }) => [name]))('[ANA-15] writes the list "%s" in every format', async (list) => {
    for (const format of ['csv', 'xlsx', 'json', 'ndjson']) {
      const storage = fakeStorage()
      const id = await request(organization.owner, list, { format })
      expect((await finish(id, storage)).outcome.result, format).toMatchObject({ is_ready: true })
      const content = await contentOf(id, storage)
      const text = new TextDecoder().decode(content)
      const { row_count } = await find(id)
      const count =
        format === 'csv'
          ? z.array(z.unknown()).parse(csvOf(content)).length
          : format === 'json'
            ? z.array(z.unknown()).parse(JSON.parse(text)).length
            : format === 'ndjson'
              ? text.split('\n').filter(Boolean).length
              : ((await read(content)).sheets[0]?.rows.length ?? 0) - 1
      expect(count, format).toBe(Number(row_count))
    }
  })

  it('takes the filters, columns and their order of the list itself', async () => {
    const storage = fakeStorage()
    const id = await request(organization.admin, 'invitations', {
      filters: { 'status[in]': 'pending,expired', email: 'invitee-7@example.com' },
      fields: 'email,role',
    })
    await finish(id, storage)
    expect(new TextDecoder().decode(await contentOf(id, storage))).toBe(
      'email,role\r\ninvitee-7@example.com,member\r\n',
    )
  })

  it.each([
    [{ organization_id: randomUUID() }],
    [{ 'email[gte]': 'a' }],
    [{ limit: '5' }],
    [{ cursor: 'abc' }],
    [{ status: 'unheard' }],
  ])('fails for filters that the list does not have: %j', async (filters) => {
    const id = await request(organization.admin, 'invitations', { filters })
    await finish(id, fakeStorage())
    expect(await find(id)).toMatchObject({ state: 'failed', failure_code: 'invalid_request', file_path: null })
  })

  it('fails for a list that there is not, and for one that the requester may not read', async () => {
    const unknown = await request(organization.admin, 'secrets')
    await finish(unknown, fakeStorage())
    expect(await find(unknown)).toMatchObject({ state: 'failed', failure_code: 'export_list_unknown' })
    const storage = fakeStorage()
    const forbidden = await request(organization.member, 'audit_log')
    await finish(forbidden, storage)
    expect(await find(forbidden)).toMatchObject({ state: 'failed', failure_code: 'permission_missing' })
    expect(storage.objects.size).toBe(0)
  })

  it.each([
    ['is banned', `update auth.users set banned_until = now() + interval '1 day' where id = $1`],
    ['is removed', 'delete from public.memberships where user_id = $1 and organization_id = $2'],
    [
      'loses the right to the list',
      `update public.memberships set role = 'member' where user_id = $1 and organization_id = $2`,
    ],
  ])('gives no further row to somebody who %s meanwhile', async (_what, statement) => {
    const { person } = await withCommit((db) => given.member(db, { organization, role: 'admin' }))
    const storage = fakeStorage()
    const id = await request(person, 'invitations')
    expect(await job(storage).step(id)).toHaveProperty('continueWith')
    await withCommit((db) =>
      db.exec(statement.includes('$2') ? statement : `${statement} and $2 <> ''`, [person.id, organization.id]),
    )
    await finish(id, storage)
    expect(await find(id)).toMatchObject({ state: 'failed', file_path: null })
    await job(storage).clean(id)
  })

  it('[ANA-15] loses no row and writes none twice wherever the worker is killed', async () => {
    // Once without a death, to know how many calls there are.
    let calls = 0
    const counting = await request(organization.admin, 'invitations')
    await finish(counting, fakeStorage(), async (moment) => {
      if (moment === 'before') calls += 1
    })
    expect(calls).toBeGreaterThan(12)
    for (let fatal = 1; fatal <= calls; fatal += 1) {
      for (const moment of ['before', 'after']) {
        const format = fatal % 2 === 0 ? 'csv' : 'xlsx'
        const storage = fakeStorage()
        const id = await request(organization.admin, 'invitations', { format })
        let call = 0
        const { deaths } = await finish(id, storage, async (when) => {
          if (when === 'before') call += 1
          if (call === fatal && when === moment) {
            call += 1
            throw new Error('Killed')
          }
        })
        const content = await contentOf(id, storage)
        const found = format === 'csv' ? emailsIn(csvOf(content)) : await emailsOfSheet(content)
        expect({ fatal, moment, deaths, found }).toEqual({ fatal, moment, deaths: 1, found: emails })
      }
    }
  })

  it('counts nothing of a worker that was thought dead and comes back', async () => {
    const storage = fakeStorage()
    const id = await request(organization.admin, 'invitations')
    let isOvertaken = false
    const late = job(storage, async (moment, what) => {
      // Its part is written; before it says so, another worker does everything.
      if (isOvertaken || moment !== 'before' || what !== 'record_export_part') return
      isOvertaken = true
      await finish(id, storage)
    }).step(id)
    await expect(late).rejects.toThrow('another worker')
    expect(emailsIn(csvOf(await contentOf(id, storage)))).toEqual(emails)
  })

  it('stops when the requester called it off', async () => {
    const storage = fakeStorage()
    const id = await request(organization.admin, 'invitations')
    await job(storage).step(id)
    await withCommit(async (db) => {
      await db.actAs(organization.admin)
      await db.row('select public.cancel_export($1)', [id])
    })
    expect(await job(storage).step(id)).toEqual({ result: { is_ready: false } })
    expect(await find(id)).toMatchObject({ state: 'cancelled' })
  })

  it('leaves out what was made after it was asked for', async () => {
    const storage = fakeStorage()
    const id = await request(organization.admin, 'invitations')
    await withCommit((db) =>
      db.exec(
        `insert into public.invitations (organization_id, email, role, invited_by, expires_at)
         values ($1, 'later@example.com', 'member', $2, now() + interval '7 days')`,
        [organization.id, organization.owner.id],
      ),
    )
    await finish(id, storage)
    expect(emailsIn(csvOf(await contentOf(id, storage)))).toEqual(emails)
  })
})
