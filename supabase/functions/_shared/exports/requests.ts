import { z } from '@hono/zod-openapi'
import { type ApiCaller, requireScope } from '../api/mod.ts'
import { type CallerDatabase, listRows } from '../database/mod.ts'
import type { FileStorage } from '../files/mod.ts'
import { AppError, defineListing, type ListRequest } from '../http/mod.ts'
import { readExportRequest } from './export_list.ts'
import { exportLists, findExportList } from './export_lists.ts'
import { exportFormats } from './formats.ts'

const instant = z.iso.datetime({ offset: true })
const formatSchema = z.enum(['csv', 'xlsx', 'json', 'ndjson'])
const listNames = exportLists.map(({ name }) => name).join(', ')

/** An export on the REST face. */
export const exportSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    list: z.string().openapi({ example: 'members' }),
    format: formatSchema,
    filters: z.record(z.string(), z.string()),
    fields: z.array(z.string()).nullable().openapi({ description: 'Columns; null for all' }),
    sort: z.string().nullable(),
    state: z.enum(['queued', 'running', 'ready', 'failed', 'cancelled', 'expired']),
    row_count: z.number().int().openapi({ description: 'Rows written so far' }),
    total_count: z.number().int().nullable().openapi({ description: 'Rows in all; null before it begins' }),
    size_bytes: z.number().int().nullable(),
    expires_at: instant.nullable().openapi({ description: 'When the file goes' }),
    download_count: z.number().int(),
    failure_code: z.string().nullable(),
    failure_message: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
    finished_at: instant.nullable(),
  })
  .openapi('Export')

/** Body of a new export. */
export const newExportSchema = z
  .strictObject({
    organization_id: z.uuid(),
    list: z
      .string()
      .max(60)
      .openapi({ description: `One of ${listNames}`, example: 'members' }),
    format: formatSchema.default('csv'),
    filters: z
      .record(z.string().max(100), z.string().max(5000))
      .default({})
      .openapi({ description: 'As the query of the list', example: { 'role[in]': 'owner,admin' } }),
    fields: z
      .array(z.string().max(100))
      .min(1)
      .max(200)
      .nullable()
      .default(null)
      .openapi({
        description: 'Columns in their order; all when left out',
        example: ['id', 'role'],
      }),
    sort: z.string().max(100).nullable().default(null).openapi({ example: '-created_at' }),
  })
  .openapi('NewExport')

/** A link to the file of an export. */
export const exportLinkSchema = z
  .object({
    url: z.url().openapi({ description: 'Whoever has it gets the file' }),
    expires_at: instant.openapi({ description: 'Until when the link works' }),
  })
  .openapi('ExportLink')

/** What callers may ask of the list of their exports. */
export const exportRequestList = defineListing({
  item: exportSchema,
  filters: { organization_id: ['eq'], list: ['eq', 'in'], state: ['eq', 'in'], created_at: ['gte', 'lt'] },
  sorts: ['created_at'],
  defaultSort: '-created_at',
})

/** What requests for exports need. */
export interface ExportRequestDeps {
  readonly database: CallerDatabase
}

const permission = 'exports.run'

/**
 * Asks for an export; what the list does not have is refused here, before anything is made.
 *
 * @throws {AppError} 400 `export_list_unknown`, `invalid_request`, 403, 404 `organization_not_found`,
 *   409 `export_limit_reached`
 */
export async function requestExport(
  { database }: ExportRequestDeps,
  caller: ApiCaller,
  input: z.output<typeof newExportSchema>,
) {
  requireScope(caller, permission)
  const { organization_id, list: name, format, filters, fields, sort } = input
  const list = findExportList(name)
  readExportRequest(list, organization_id, input, new Date().toISOString())
  return database.asCaller(caller.claims, async (sql) => {
    await sql`select private.require_permission(${organization_id}, ${list.permission}, 'export')`
    const wanted = fields && sql.types.list(fields)
    const [row] = await sql`
      select * from public.request_export(
        ${organization_id}, ${name}, ${format}, ${JSON.stringify(filters)}::text::jsonb, ${wanted}, ${sort})`
    return exportSchema.parse(row)
  })
}

/** One page of the caller's own exports. */
export async function listExports({ database }: ExportRequestDeps, caller: ApiCaller, request: ListRequest) {
  requireScope(caller, permission)
  const rows = await database.asCaller(caller.claims, (sql) => listRows(sql, 'public.exports', request), {
    isReadOnly: true,
  })
  return exportRequestList.page(request, rows)
}

/** One of the caller's exports. @throws {AppError} 404 `export_not_found` */
export function readExport({ database }: ExportRequestDeps, caller: ApiCaller, exportId: string) {
  requireScope(caller, permission)
  return database.asCaller(
    caller.claims,
    async (sql) => found(await sql`select * from public.exports where id = ${exportId}`),
    { isReadOnly: true },
  )
}

/** Calls off an export that is not ready. @throws {AppError} 404 `export_not_found`, 409 `export_not_cancellable` */
export function cancelExport({ database }: ExportRequestDeps, caller: ApiCaller, exportId: string) {
  requireScope(caller, permission)
  return database.asCaller(caller.claims, async (sql) =>
    found(await sql`select * from public.cancel_export(${exportId})`),
  )
}

const downloadSchema = z.tuple([
  z.object({
    ...{ list: z.string(), format: formatSchema, file_path: z.string(), created_at: z.string() },
    ...{ link_seconds: z.number().int(), link_expires_at: instant },
  }),
])

/**
 * Makes a link to the file, counts and audits it. It never outlives the file.
 *
 * @throws {AppError} 404 `export_not_found`, 409 `export_not_ready`
 */
export async function createExportLink(
  { database, storage }: ExportRequestDeps & { storage: Pick<FileStorage, 'sign'> },
  caller: ApiCaller,
  exportId: string,
): Promise<z.output<typeof exportLinkSchema>> {
  requireScope(caller, permission)
  const [file] = await database.asCaller(caller.claims, async (sql) =>
    downloadSchema.parse([...(await sql`select * from public.record_export_download(${exportId})`)]),
  )
  const downloadName = `${file.list}-${file.created_at.slice(0, 10)}.${exportFormats[file.format].extension}`
  const url = await storage.sign('exports', file.file_path, file.link_seconds, { downloadName })
  return { url, expires_at: file.link_expires_at }
}

function found(rows: readonly unknown[]): z.output<typeof exportSchema> {
  const [row] = rows
  if (!row) throw new AppError(404, 'export_not_found', 'Cannot find export: no such export')
  return exportSchema.parse(row)
}
