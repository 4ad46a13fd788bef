import { z } from '@hono/zod-openapi'
import type { CallerDatabase } from '../database/mod.ts'
import { type FileStorage, FileStorageError } from '../files/mod.ts'
import { AppError } from '../http/mod.ts'
import { type ApiCaller, requireScope } from './api_caller.ts'

/** Which file is downloaded. */
export interface DownloadPath {
  readonly category: string
  /** Name of the file, of which the newest counts, or its id. */
  readonly filename: string
  readonly organization_id?: string | undefined
}

/** How it is asked for. */
export interface DownloadRequest {
  readonly method: string
  readonly headers: Headers
  readonly signal: AbortSignal
}

/** What is answered. */
export interface Download {
  readonly status: 200 | 206 | 304
  readonly headers: Record<string, string>
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null
}

const foundSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  media_type: z.string(),
  size_bytes: z.number(),
  checksum: z.string().nullable(),
  version_number: z.number(),
  state: z.string(),
})
const versionSchema = z.object({ bucket_id: z.string(), object_path: z.string() })

/**
 * Opens a file for a caller, whole or in part: counted and written to the audit log, unless the caller has the content
 * already or asks for the head alone.
 *
 * @throws {AppError} 404 `file_not_found`, 409 `file_not_clean`, 416 `range_not_satisfiable`, 503 `storage_unavailable`
 */
export async function openDownload(
  deps: { database: CallerDatabase; storage: FileStorage },
  caller: ApiCaller,
  path: DownloadPath,
  request: DownloadRequest,
): Promise<Download> {
  requireScope(caller, 'files.read')
  const file = await findFile(deps.database, caller, path)
  const etag = `"${file.checksum ?? `${file.id}-${file.version_number}`}"`
  const headers = {
    etag,
    'accept-ranges': 'bytes',
    // Its caller alone may keep it, and asks each time: rights may end.
    'cache-control': 'private, no-cache',
    'content-disposition': `attachment; filename*=UTF-8''${encodeName(file.name)}`,
    // Uploaded pages must not run, whatever a browser thinks they are.
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  }
  if (file.state === 'clean' && isKnown(request.headers.get('if-none-match'), etag)) {
    return { status: 304, headers, body: null }
  }
  const range = readRange(request.headers, etag, file.size_bytes)
  const length = range ? range.end - range.start + 1 : file.size_bytes
  const described = {
    ...headers,
    'content-type': file.media_type,
    'content-length': String(length),
    ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${file.size_bytes}` }),
  }
  const status = range ? 206 : 200
  if (request.method === 'HEAD' && file.state === 'clean') return { status, headers: described, body: null }
  const [row] = await deps.database.asCaller(
    caller.claims,
    (sql) => sql`select * from public.record_file_download(${file.id})`,
  )
  const version = versionSchema.parse(row)
  try {
    const body = await deps.storage.open(version.bucket_id, version.object_path, {
      ...range,
      signal: request.signal,
    })
    return { status, headers: described, body }
  } catch (cause) {
    if (!(cause instanceof FileStorageError) || cause.isMissing) throw cause
    const retry = { 'retry-after': '5' }
    throw new AppError(503, 'storage_unavailable', 'Cannot download file: Storage cannot be reached', {
      cause,
      headers: retry,
    })
  }
}

async function findFile(database: CallerDatabase, caller: ApiCaller, path: DownloadPath) {
  const { category, filename, organization_id = null } = path
  const [row] = await database.asCaller(
    caller.claims,
    (sql) => sql`
      select id, name, media_type, size_bytes, checksum, version_number, state from public.files
      where category = ${category} and deleted_at is null
        and (${organization_id}::uuid is null or organization_id = ${organization_id}::uuid)
        and (name = ${filename} or id = ${z.uuid().safeParse(filename).data ?? null}::uuid)
      order by state = 'clean' desc, created_at desc, id
      limit 1`,
    { isReadOnly: true },
  )
  if (!row) throw new AppError(404, 'file_not_found', 'Cannot download file: no such file')
  return foundSchema.parse(row)
}

const isKnown = (ifNoneMatch: string | null, etag: string) =>
  ifNoneMatch !== null && (ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => opaque(tag) === etag))
const opaque = (tag: string) => tag.trim().replace(/^W\//, '')

/** What `Range` asks for; null for the whole, also where it asks for several parts or for those of another version. */
function readRange(headers: Headers, etag: string, size: number): { start: number; end: number } | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(headers.get('range')?.trim() ?? '')
  const condition = headers.get('if-range')
  if (!match || (condition !== null && condition !== etag)) return null
  const [first = '', last = ''] = match.slice(1)
  if (first === '' && last === '') return null
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start >= size || (first === '' && Number(last) === 0)) {
    throw new AppError(416, 'range_not_satisfiable', 'Cannot download file: it has no such part', {
      headers: { 'content-range': `bytes */${size}` },
    })
  }
  return end < start ? null : { start, end }
}

/** As RFC 8187 has it. */
const encodeName = (name: string) =>
  encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
