import { z } from '@hono/zod-openapi'
import { type CallerDatabase, listRows } from '../database/mod.ts'
import { AppError, defineListing, type ListRequest } from '../http/mod.ts'
import { type ApiCaller, requireScope } from './api_caller.ts'
import { instant } from './schemas.ts'

const states = ['uploading', 'quarantined', 'clean', 'infected', 'deleted'] as const

/** A file on the REST face. */
export const fileSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    category: z.string().openapi({ example: 'document' }),
    is_private: z.boolean().openapi({ description: 'Whether only its uploader and managers of files see it' }),
    name: z.string().openapi({ example: 'Terms.pdf' }),
    media_type: z.string().openapi({ description: 'By its content, once it is clean', example: 'application/pdf' }),
    size_bytes: z.number().int(),
    checksum: z.string().nullable().openapi({ description: 'SHA-256 in lower hex; null before the scan' }),
    state: z.enum(states).openapi({ description: 'Only what is `clean` can be downloaded' }),
    version_number: z.number().int(),
    uploaded_by: z.uuid().nullable().openapi({ description: 'The person; null for programs' }),
    download_count: z.number().int(),
    retention_ends_at: instant.nullable().openapi({ description: 'Until then it cannot be deleted; null for no duty' }),
    expires_at: instant.nullable().openapi({ description: 'When it goes by itself; null keeps it' }),
    deleted_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('File')

/** What callers may ask of the list of files. */
export const fileList = defineListing({
  item: fileSchema,
  filters: {
    organization_id: ['eq', 'in'],
    category: ['eq', 'in'],
    state: ['eq', 'in'],
    media_type: ['eq', 'in'],
    name: ['eq'],
    uploaded_by: ['eq'],
    created_at: ['gte', 'lt'],
    size_bytes: ['gte', 'lt'],
  },
  sorts: ['created_at', 'updated_at', 'name', 'size_bytes'],
  defaultSort: '-created_at',
})

type Deps = { database: CallerDatabase }

/** One page of the files that the caller may see: without deleted ones, unless their state is asked for. */
export async function listFiles(deps: Deps, caller: ApiCaller, request: ListRequest) {
  requireScope(caller, 'files.read')
  const isStateAsked = request.filters.some(({ field }) => field === 'state')
  const present = { field: 'state', operator: 'in', value: states.filter((state) => state !== 'deleted') } as const
  const filters = isStateAsked ? request.filters : [...request.filters, present]
  const rows = await deps.database.asCaller(
    caller.claims,
    (sql) => listRows(sql, 'public.files', { ...request, filters }),
    { isReadOnly: true },
  )
  return fileList.page(request, rows)
}

/** One file. @throws {AppError} 404 `file_not_found` */
export async function readFile(deps: Deps, caller: ApiCaller, id: string) {
  requireScope(caller, 'files.read')
  const [row] = await deps.database.asCaller(caller.claims, (sql) => sql`select * from public.files where id = ${id}`, {
    isReadOnly: true,
  })
  if (!row) throw new AppError(404, 'file_not_found', 'Cannot read file: no such file')
  return fileSchema.parse(row)
}

/** Deletes a file, which can be restored for 30 days. @throws {AppError} what `delete_file` answers */
export async function removeFile(deps: Deps, caller: ApiCaller, id: string): Promise<void> {
  await deps.database.asCaller(caller.claims, (sql) => sql`select public.delete_file(${id})`)
}
