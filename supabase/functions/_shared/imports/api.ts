import { z } from '@hono/zod-openapi'
import { type ApiCaller, requireScope } from '../api/mod.ts'
import { type CallerDatabase, type CallerSql, listRows } from '../database/mod.ts'
import { exportFormats } from '../exports/mod.ts'
import { AppError, defineListing, type ListRequest } from '../http/mod.ts'
import { formatChoiceSchema } from './detect_csv.ts'
import { columnSchema, formatSchema, sampleRowSchema } from './schemas.ts'

const instant = z.iso.datetime({ offset: true }).openapi({ example: '2026-01-31T09:30:00.123456+00:00' })
const conflictRule = z.enum(['skip', 'update', 'fail']).openapi({
  description:
    'What is done with rows that are there already: leave them, change them where the file has a value, report them',
})
const mappingSchema = z
  .record(z.string().max(100), z.int().min(0).max(9999))
  .openapi({ description: 'Which column is which field, columns from 0', example: { email: 2 } })

/** An import on the REST face. */
export const importSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    import_type: z.string().openapi({ example: 'contacts' }),
    file_id: z.uuid().nullable(),
    name: z.string().openapi({ description: 'Name of the file' }),
    state: z.enum([
      'waiting',
      'analysing',
      'ready',
      'checking',
      'running',
      'stopped',
      'completed',
      'failed',
      'undoing',
      'undone',
    ]),
    conflict_rule: conflictRule,
    size_bytes: z.number(),
    done_bytes: z.number(),
    read_count: z.int(),
    inserted_count: z.int(),
    updated_count: z.int(),
    skipped_count: z.int(),
    failed_count: z.int(),
    undone_count: z.int(),
    kept_count: z.int(),
    cpu_ms: z.int(),
    most_step_cpu_ms: z.int(),
    error_code: z.string().nullable(),
    error_message: z.string().nullable(),
    error_hint: z.string().nullable(),
    job_id: z.number().nullable(),
    started_at: instant.nullable(),
    finished_at: instant.nullable(),
    expires_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Import')

/** One import with what is known of its file. */
export const importDetailSchema = importSchema
  .extend({
    format: formatSchema.nullable(),
    columns: z.array(columnSchema),
    mapping: z.record(z.string(), z.int()),
    sample: z.array(sampleRowSchema),
    preview: z
      .array(
        z.object({
          row_number: z.int(),
          values: z.record(z.string(), z.string().nullable()),
          problems: z.array(
            z.object({
              field: z.string().nullable(),
              code: z.string(),
              message: z.string(),
              value: z.string().nullable(),
            }),
          ),
        }),
      )
      .nullable()
      .openapi({ description: 'First rows as they would be imported; null while it is being made' }),
    check_result: z
      .object({
        inserted: z.int(),
        updated: z.int(),
        skipped: z.int(),
        failed: z.int(),
        checked_at: z.string(),
      })
      .nullable()
      .openapi({ description: 'What the last dry run counted' }),
  })
  .openapi('ImportDetail')

/** Body of a new import. */
export const newImportSchema = z
  .strictObject({
    organization_id: z.uuid(),
    import_type: z.string().max(60).openapi({ example: 'contacts' }),
    file_id: z
      .uuid()
      .openapi({ description: 'A file of category `import`; one that is not scanned yet is waited for' }),
    conflict_rule: conflictRule.default('skip'),
    format: formatChoiceSchema.default({}),
  })
  .openapi('NewImport')

/** Body of a change of the mapping. */
export const importMappingSchema = z
  .strictObject({
    mapping: mappingSchema.optional(),
    conflict_rule: conflictRule.optional(),
    format: formatChoiceSchema.optional(),
  })
  .openapi('ImportMapping')

/** What can be done with an import. */
export const importActions = ['check', 'start', 'stop', 'resume', 'undo'] as const
type ImportAction = (typeof importActions)[number]

/** What callers may ask of the list of imports. */
export const importList = defineListing({
  item: importSchema,
  filters: {
    organization_id: ['eq'],
    import_type: ['eq'],
    state: ['eq', 'in'],
    file_id: ['eq'],
    created_at: ['gte', 'lt'],
  },
  sorts: ['created_at'],
  defaultSort: '-created_at',
})

/** What imports on the REST face need. */
export interface ImportApi {
  readonly database: CallerDatabase
  readonly caller: ApiCaller
}

/** One page of the imports that the caller may see. */
export async function listImports({ database, caller }: ImportApi, request: ListRequest) {
  requireScope(caller, 'imports.read')
  const rows = await database.asCaller(caller.claims, (sql) => listRows(sql, 'public.imports', request), {
    isReadOnly: true,
  })
  return importList.page(request, rows)
}

/** One import. @throws {AppError} 404 `import_not_found` */
export function readImport({ database, caller }: ImportApi, importId: string) {
  requireScope(caller, 'imports.read')
  return database.asCaller(caller.claims, (sql) => detail(sql, importId), { isReadOnly: true })
}

/** Begins an import. @throws {AppError} what `create_import` answers */
export function createImport(deps: ImportApi, wanted: z.output<typeof newImportSchema>) {
  const { organization_id, import_type, file_id, conflict_rule, format } = wanted
  return change(
    deps,
    (sql) => sql`
      select id from public.create_import(
        ${organization_id}, ${import_type}, ${file_id}, ${conflict_rule}, ${JSON.stringify(format)}::text::jsonb
      )`,
  )
}

/** Maps columns. @throws {AppError} what `set_import_mapping` answers */
export function mapImport(deps: ImportApi, importId: string, wanted: z.output<typeof importMappingSchema>) {
  const json = (value: object | undefined) => (value === undefined ? null : JSON.stringify(value))
  return change(
    deps,
    (sql) => sql`
      select id from public.set_import_mapping(
        ${importId}, ${json(wanted.mapping)}::text::jsonb, ${wanted.conflict_rule ?? null},
        ${json(wanted.format)}::text::jsonb
      )`,
  )
}

/** Checks, starts, stops, resumes or undoes an import. @throws {AppError} what the RPC of that name answers */
export function actOnImport(deps: ImportApi, importId: string, action: ImportAction) {
  return change(deps, (sql) => sql`select id from ${sql(`public.${action}_import`)}(${importId})`)
}

async function change({ database, caller }: ImportApi, work: (sql: CallerSql) => PromiseLike<readonly object[]>) {
  requireScope(caller, 'imports.run')
  return await database.asCaller(caller.claims, async (sql) => {
    const [made] = await work(sql)
    return detail(sql, z.object({ id: z.uuid() }).parse(made).id)
  })
}

async function detail(sql: CallerSql, importId: string) {
  const [row] = await sql`select * from public.imports where id = ${importId}`
  if (!row) throw new AppError(404, 'import_not_found', 'Cannot read import: no such import')
  return importDetailSchema.parse(row)
}

const errorTable = {
  title: 'Errors',
  columns: [
    { name: 'row_number', kind: 'number' },
    { name: 'field', kind: 'text' },
    { name: 'code', kind: 'text' },
    { name: 'message', kind: 'text' },
    { name: 'value', kind: 'text' },
  ],
} as const
const errorSchema = z.object({ id: z.number(), row_number: z.int() }).loose()
const errorsAtOnce = 2000

/**
 * The rows that were not taken, as CSV. Values that a spreadsheet would calculate are neutralised.
 *
 * @returns text piece by piece, read as it is sent
 * @throws {AppError} 404 `import_not_found`
 */
export async function importErrorsCsv(deps: ImportApi, importId: string): Promise<ReadableStream<Uint8Array>> {
  await readImport(deps, importId)
  const { database, caller } = deps
  const encoder = new TextEncoder()
  const [head] = exportFormats.csv.assemble(errorTable, [])
  let after = { row_number: 0, id: 0 }
  return new ReadableStream({
    start(controller) {
      if (head && 'bytes' in head) controller.enqueue(head.bytes)
    },
    async pull(controller) {
      const found = await database.asCaller(
        caller.claims,
        (sql) => sql`
          select id, row_number, field, code, message, value from public.import_errors
          where import_id = ${importId} and (row_number, id) > (${after.row_number}, ${after.id})
            and organization_id = (select imports.organization_id from public.imports where imports.id = ${importId})
          order by row_number, id limit ${errorsAtOnce}`,
        { isReadOnly: true },
      )
      const rows = found.map((row) => errorSchema.parse(row))
      const last = rows.at(-1)
      if (last) {
        after = last
        controller.enqueue(encoder.encode(exportFormats.csv.text(errorTable, rows, 0)))
      }
      if (rows.length < errorsAtOnce) controller.close()
    },
  })
}
