import { randomUUID } from 'node:crypto'
import { afterAll } from 'vitest'
import { contactsImport } from '../../supabase/functions/_shared/campaigns/mod.ts'
import { type CallerDatabase, openDatabase } from '../../supabase/functions/_shared/database/mod.ts'
import { type ImportJobOptions, importJobs } from '../../supabase/functions/_shared/imports/mod.ts'
import {
  type JobQueue,
  observedJob,
  type RpcClient,
  rpcJobQueue,
  runJobs,
} from '../../supabase/functions/_shared/platform/mod.ts'
import { createLogger, systemClock } from '../../supabase/functions/_shared/runtime/mod.ts'
import { type Actor, type Database, fileDatabase, type Person, withCommit } from './database.ts'
import { type FakeStorage, fakeStorage } from './fake_storage.ts'
import { type GivenOrganization, given } from './given.ts'

/** An import of this test file's database, whose file lies in a storage in memory. */
export interface ImportCase {
  readonly organization: GivenOrganization
  readonly storage: FakeStorage
  readonly id: string
  /** Calls an RPC of imports with the id, as somebody; the owner unless said. */
  call(name: string, parameters?: Record<string, string>, actor?: Actor): Promise<Record<string, unknown>>
  /** Has workers do what is to be done, until nothing is left. */
  work(options?: Partial<ImportJobOptions>): Promise<void>
  row(): Promise<Record<string, unknown>>
  errors(): Promise<Record<string, unknown>[]>
  /** The contacts of the organization by address and phone. */
  contacts(): Promise<Record<string, unknown>[]>
}

let opened: Promise<CallerDatabase> | undefined
/** The test file's database as a worker reaches it. */
export const workerDatabase = () => {
  opened ??= fileDatabase().then(({ url }) => openDatabase(() => url))
  return opened
}
afterAll(async () => (await opened)?.close())

/** Puts a file into the storage and begins its import. */
export async function importCase(
  content: string | Uint8Array<ArrayBuffer>,
  options: {
    organization?: GivenOrganization
    actor?: Person
    conflictRule?: 'skip' | 'update' | 'fail'
    formatChoice?: object
    name?: string
  } = {},
): Promise<ImportCase> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const storage = fakeStorage()
  const organization = options.organization ?? (await withCommit((db) => given.organization(db)))
  const { owner } = organization
  const as = <T>(actor: Actor, work: (db: Database) => Promise<T>) =>
    withCommit(async (db) => {
      await db.actAs(actor)
      return work(db)
    })
  const id = await withCommit(async (db) => {
    const name = options.name ?? 'contacts.csv'
    const { id: file_id } = await db.row<{ id: string }>(
      `select id from private.register_file($1, 'organization-files', 'import', $2, 'text/csv', $3, $4, $5, state := 'clean')`,
      [organization.id, name, bytes.length, randomUUID().replaceAll('-', '').repeat(2), (options.actor ?? owner).id],
    )
    const { bucket_id, object_path } = await db.row<Record<string, string>>(
      'select bucket_id, object_path from public.file_versions where file_id = $1',
      [file_id],
    )
    storage.objects.set(`${bucket_id}/${object_path}`, { content: bytes, mediaType: 'text/csv' })
    await db.actAs(options.actor ?? owner)
    const made = await db.row<{ id: string }>(
      `select id from public.create_import($1, 'contacts', $2, $3::text::public.import_conflict_rule, $4::text::jsonb)`,
      [organization.id, file_id, options.conflictRule ?? 'skip', JSON.stringify(options.formatChoice ?? {})],
    )
    return made.id
  })
  return {
    organization,
    storage,
    id,
    call: (name, parameters = {}, actor = owner) =>
      as(actor, (db) => {
        const names = Object.keys(parameters)
        const list = names.map((key, index) => `, ${key} => $${index + 2}::text::${typeOf(key)}`)
        return db.row(`select * from public.${name}($1${list.join('')})`, [id, ...Object.values(parameters)])
      }),
    async work(jobOptions = {}) {
      const database = await workerDatabase()
      const handlers = importJobs({
        definitions: [contactsImport],
        storage: () => storage,
        database: () => database,
        ...jobOptions,
      })
      await runUntilIdle(database, rpcJobQueue(database), handlers)
    },
    row: () => as('postgres', (db) => db.row('select * from public.imports where id = $1', [id])),
    errors: () =>
      as('postgres', (db) =>
        db.rows(
          'select row_number, field, code, value from public.import_errors where import_id = $1 order by row_number, id',
          [id],
        ),
      ),
    contacts: () =>
      as('postgres', (db) =>
        db.rows(
          'select email, phone, first_name, company from public.contacts where organization_id = $1 order by email, phone',
          [organization.id],
        ),
      ),
  }
}

const typeOf = (parameter: string) =>
  parameter === 'conflict_rule' ? 'public.import_conflict_rule' : parameter.endsWith('_id') ? 'uuid' : 'jsonb'

/** Jobs that failed are tried again at once and as often as it takes: nobody waits for half a minute. */
async function runUntilIdle(db: RpcClient, queue: JobQueue, handlers: ReturnType<typeof importJobs>): Promise<void> {
  for (;;) {
    await runJobs(
      { queue, handlers: handlers.map(observedJob), db, clock: systemClock, logger: createLogger('test', () => {}) },
      {
        worker: `test-${randomUUID()}`,
        queues: ['imports'],
        concurrency: 1,
        maxAhead: 0,
        maxJobs: Number.POSITIVE_INFINITY,
        leaseSeconds: 60,
        budgetMs: 120_000,
        graceMs: 5_000,
        attemptMs: 60_000,
        lingerMs: 0,
        pollMs: 50,
      },
    )
    const due = await withCommit((database) =>
      database.exec(
        `update private.jobs set run_at = now(), attempt = 0 where queue = 'imports' and state in ('queued', 'failed') and run_at > now()`,
      ),
    )
    if (due === 0) return
  }
}
