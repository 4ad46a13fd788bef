import { z } from 'zod'
import { type Caller, ownerOf } from './caller.ts'
import type { StorageConfig } from './config.ts'
import { asCaller, asService, type Db, type Pool } from './database.ts'
import { accessDenied, invalidRequest, noSuchBucket, notEnabled, StorageError, tooLarge } from './errors.ts'
import { requireBucketName, requireMediaTypes } from './names.ts'
import { versionsOf } from './objects/changes.ts'
import { removeVersions } from './objects/upload.ts'
import { parseApiSize } from './sizes.ts'
import type { Storage } from './storage.ts'

const limit = z.union([z.number().int().nonnegative(), z.string()]).nullish()
const types = z.array(z.string()).nullish()

/** Body that makes a bucket. */
export const createBucketSchema = z.object({
  id: z.string().optional(),
  name: z.string().min(1),
  public: z.boolean().nullish(),
  type: z.string().nullish(),
  file_size_limit: limit,
  allowed_mime_types: types,
  versioning_status: z.string().nullish(),
})

/** Body that changes a bucket. */
export const updateBucketSchema = z.object({
  public: z.boolean().nullish(),
  file_size_limit: limit,
  allowed_mime_types: types,
  versioning_status: z.string().nullish(),
})

/** Query that lists buckets. */
export const listBucketsSchema = z.object({
  limit: z.coerce.number().int().min(1).optional(),
  offset: z.coerce.number().int().min(0).default(0),
  search: z.string().default(''),
  sortColumn: z.enum(['id', 'name', 'created_at', 'updated_at']).default('name'),
  sortOrder: z.enum(['asc', 'desc']).default('asc'),
})

/** A bucket as the API shows it. */
export interface Bucket {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly public: boolean
  readonly type: string
  readonly file_size_limit: number | null
  readonly allowed_mime_types: string[] | null
  readonly created_at: Date
  readonly updated_at: Date
}

const columns = `id, name, coalesce(owner::text, '') as owner, coalesce(public, false) as public, type,
  file_size_limit::float8 as file_size_limit, allowed_mime_types, created_at, updated_at`

/** Lists the buckets that the caller's policies show. */
export function listBuckets(
  storage: Storage,
  caller: Caller,
  options: z.infer<typeof listBucketsSchema>,
): Promise<Bucket[]> {
  return asCaller(storage.pool, caller, 'storage.bucket.list', async (db) => [
    ...(await db<Bucket[]>`
      select ${db.unsafe(columns)} from storage.buckets
      where ${options.search} = '' or position(lower(${options.search}) in lower(name)) > 0
      order by ${db(options.sortColumn)} ${options.sortOrder === 'desc' ? db`desc` : db`asc`}
      limit ${options.limit ?? null} offset ${options.offset}`),
  ])
}

/** @throws {StorageError} `NoSuchBucket` */
export function getBucket(storage: Storage, caller: Caller, id: string): Promise<Bucket> {
  return asCaller(storage.pool, caller, 'storage.bucket.get', (db) => requireBucket(db, id))
}

async function requireBucket(db: Db, id: string): Promise<Bucket> {
  const [bucket] = await db<Bucket[]>`select ${db.unsafe(columns)} from storage.buckets where id = ${id}`
  if (!bucket) throw noSuchBucket()
  return bucket
}

/** @throws {StorageError} `InvalidBucketName`, `ResourceAlreadyExists`, `EntityTooLarge`, `InvalidMimeType`, `AccessDenied` */
export async function createBucket(
  storage: Storage,
  caller: Caller,
  body: z.infer<typeof createBucketSchema>,
): Promise<{ name: string }> {
  if (body.type && body.type !== 'STANDARD') throw notEnabled(`${body.type.toLowerCase()} buckets`)
  const { fileSizeLimit, mediaTypes } = readRules(storage.config, body)
  const name = requireBucketName(body.name)
  const id = requireBucketName(body.id ?? name)
  const { owner, owner_id } = ownerOf(caller.subject)
  await asCaller(storage.pool, caller, 'storage.bucket.create', async (db) => {
    await db`insert into storage.buckets (id, name, owner, owner_id, public, file_size_limit, allowed_mime_types)
      values (${id}, ${name}, ${owner}, ${owner_id}, ${body.public ?? false}, ${fileSizeLimit ?? null},
        ${mediaTypes ?? null})`
  })
  return { name: id }
}

/** Changes what the body names and leaves the rest. @throws {StorageError} as {@link createBucket}, `NoSuchBucket` */
export async function updateBucket(
  storage: Storage,
  caller: Caller,
  id: string,
  body: z.infer<typeof updateBucketSchema>,
): Promise<void> {
  const { fileSizeLimit, mediaTypes } = readRules(storage.config, body)
  const changes = {
    ...(typeof body.public === 'boolean' ? { public: body.public } : {}),
    ...(fileSizeLimit === undefined ? {} : { file_size_limit: fileSizeLimit }),
    ...(mediaTypes === undefined ? {} : { allowed_mime_types: mediaTypes }),
    updated_at: new Date(),
  }
  await asCaller(storage.pool, caller, 'storage.bucket.update', async (db) => {
    const changed = await db`update storage.buckets set ${db(changes)} where id = ${id} returning id`
    if (changed.length === 0) throw noSuchBucket()
  })
}

interface Rules {
  readonly fileSizeLimit: number | null | undefined
  readonly mediaTypes: string[] | null | undefined
}

function readRules(config: StorageConfig, body: z.infer<typeof updateBucketSchema>): Rules {
  if (body.versioning_status) throw notEnabled('object versioning')
  const given = body.file_size_limit
  const fileSizeLimit = typeof given === 'string' ? parseApiSize(given) : given
  if (typeof given === 'string' && fileSizeLimit === null) {
    throw invalidRequest('Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B')
  }
  if (typeof fileSizeLimit === 'number' && fileSizeLimit > config.file_size_limit) throw tooLarge()
  if (body.allowed_mime_types) requireMediaTypes(body.allowed_mime_types)
  return { fileSizeLimit, mediaTypes: body.allowed_mime_types }
}

/** Deletes all objects of a bucket, or none when the caller may not delete all that they see. */
export async function emptyBucket(storage: Storage, caller: Caller, id: string): Promise<void> {
  const removed = await asCaller(storage.pool, caller, 'storage.bucket.empty', async (db) => {
    await requireBucket(db, id)
    const seen = await db<{ name: string }[]>`select name from storage.objects where bucket_id = ${id}`
    const deleted = await db<{ name: string; version: string | null }[]>`
      delete from storage.objects where bucket_id = ${id} returning name, version`
    if (deleted.length < seen.length) {
      const gone = new Set(deleted.map(({ name }) => name))
      const left = seen.filter(({ name }) => !gone.has(name)).map(({ name }) => name)
      throw accessDenied(`Cannot delete: ${left.join(' ,')}, you may have SELECT but not DELETE permissions`)
    }
    return deleted
  })
  await removeVersions(storage, versionsOf(removed))
}

/** @throws {StorageError} `ResourceNotEmpty`, `NoSuchBucket` also where the policies forbid it */
export async function deleteBucket(storage: Storage, caller: Caller, id: string): Promise<void> {
  const [bucket] = await storage.pool<{ is_used: boolean }[]>`
    select exists (select from storage.objects where bucket_id = ${id}) as is_used
    from storage.buckets where id = ${id}`
  if (!bucket) throw noSuchBucket()
  if (bucket.is_used) {
    throw new StorageError(409, 'ResourceNotEmpty', 'The bucket you tried to delete is not empty')
  }
  await asCaller(storage.pool, caller, 'storage.bucket.delete', async (db) => {
    const deleted = await db`delete from storage.buckets where id = ${id} returning id`
    if (deleted.length === 0) throw noSuchBucket()
  })
}

/** Brings the buckets of config.toml to what it says; others stay as they are. */
export async function seedBuckets(pool: Pool, config: StorageConfig): Promise<void> {
  await asService(pool, async (db) => {
    for (const [id, bucket] of Object.entries(config.buckets)) {
      await db`insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
        values (${requireBucketName(id)}, ${id}, ${bucket.public}, ${bucket.file_size_limit ?? null},
          ${bucket.allowed_mime_types ?? null})
        on conflict (id) do update set public = excluded.public, file_size_limit = excluded.file_size_limit,
          allowed_mime_types = excluded.allowed_mime_types`
    }
  })
}
