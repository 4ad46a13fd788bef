import { z } from 'zod'
import type { Caller } from '../caller.ts'
import { asCaller } from '../database.ts'
import { StorageError } from '../errors.ts'
import type { Storage } from '../storage.ts'

/** Body of `/object/list/:bucket`. */
export const listSchema = z.object({
  prefix: z.string().default(''),
  limit: z.number().int().min(1).max(10_000).default(100),
  offset: z.number().int().min(0).default(0),
  search: z.string().default(''),
  sortBy: z
    .object({
      column: z.enum(['name', 'updated_at', 'created_at', 'last_accessed_at']).default('name'),
      order: z.enum(['asc', 'desc']).default('asc'),
    })
    .prefault({}),
})

/** Lists one folder: its folders first, without id, then its files. */
export function listFolder(
  storage: Storage,
  caller: Caller,
  bucket: string,
  options: z.infer<typeof listSchema>,
): Promise<unknown[]> {
  const { limit, offset, search, sortBy } = options
  const prefix = options.prefix === '' || options.prefix.endsWith('/') ? options.prefix : `${options.prefix}/`
  const level = prefix.split('/').length
  return asCaller(storage.pool, caller, 'storage.object.list', async (db) => [
    ...(await db`select * from storage.search(
      ${prefix}, ${bucket}, ${limit}, ${level}, ${offset}, ${search}, ${sortBy.column}, ${sortBy.order})`),
  ])
}

/** Body of `/object/list-v2/:bucket`. */
export const listV2Schema = z.object({
  prefix: z.string().default(''),
  limit: z.number().int().min(1).max(1000).default(1000),
  cursor: z.string().optional(),
  with_delimiter: z.boolean().default(false),
  sortBy: z
    .object({
      column: z.enum(['name', 'updated_at', 'created_at']).default('name'),
      order: z.enum(['asc', 'desc']).default('asc'),
    })
    .prefault({}),
})

/** Where a page ended: name and sort key of its last entry, and the order that they belong to. */
const cursorSchema = z.object({
  name: z.string(),
  key: z.string(),
  column: z.enum(['name', 'updated_at', 'created_at']),
  order: z.enum(['asc', 'desc']),
})

interface Entry {
  readonly id: string | null
  readonly name: string
  readonly sort_key: string
}

/** A page of a listing. */
export interface ListedPage {
  readonly hasNext: boolean
  readonly folders: readonly { name: string; key: string }[]
  readonly objects: readonly Record<string, unknown>[]
  readonly nextCursor?: string
}

/** Lists the paths under a prefix page by page; with a delimiter, what lies in folders is told by the folder alone. */
export async function listPage(
  storage: Storage,
  caller: Caller,
  bucket: string,
  options: z.infer<typeof listV2Schema>,
): Promise<ListedPage> {
  const after = options.cursor === undefined ? null : readCursor(options.cursor)
  const { column, order } = after ?? options.sortBy
  const entries = await asCaller(storage.pool, caller, 'storage.object.list_v2', async (db) => {
    // Times sort as text of one width; a folder has none and stands before the files.
    const key = column === 'name' ? db`''` : db`to_char(${db(column)}, 'YYYY-MM-DD"T"HH24:MI:SS.US')`
    const direction = order === 'asc' ? db`asc` : db`desc`
    const place = db`(sort_key collate "C", name collate "C")`
    const isAfter = order === 'asc' ? db`>` : db`<`
    return db<(Entry & Record<string, unknown>)[]>`
      with found as (
        select objects.*, ${key} as file_key,
          case when ${options.with_delimiter} then storage.get_common_prefix(name, ${options.prefix}, '/') end as folder
        from storage.objects where bucket_id = ${bucket} and starts_with(name, ${options.prefix})
      ),
      entries as (
        select null::uuid as id, folder as name, '' as sort_key, null::timestamptz as updated_at,
          null::timestamptz as created_at, null::timestamptz as last_accessed_at, null::jsonb as metadata
        from found where folder is not null group by folder
        union all
        select id, name, file_key, updated_at, created_at, last_accessed_at, metadata from found where folder is null
      )
      select id, name, updated_at, created_at, last_accessed_at, metadata, sort_key from entries
      ${after ? db`where ${place} ${isAfter} (${after.key}::text collate "C", ${after.name}::text collate "C")` : db``}
      order by sort_key collate "C" ${direction}, name collate "C" ${direction}
      limit ${options.limit + 1}`
  })
  const page = entries.slice(0, options.limit)
  const last = page.at(-1)
  const hasNext = entries.length > options.limit
  return {
    hasNext,
    folders: page.flatMap(({ id, name }) => (id === null ? [{ name, key: name }] : [])),
    objects: page.flatMap(({ sort_key: _sortKey, ...entry }) =>
      entry.id === null ? [] : [{ ...entry, key: entry.name }],
    ),
    ...(hasNext && last ? { nextCursor: writeCursor({ name: last.name, key: last.sort_key, column, order }) } : {}),
  }
}

function writeCursor(cursor: z.infer<typeof cursorSchema>): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url')
}

function readCursor(text: string): z.infer<typeof cursorSchema> {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch (cause) {
    throw new StorageError(400, 'InvalidParameter', 'Invalid Parameter cursor', { cause })
  }
}
