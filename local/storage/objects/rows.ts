import type { Db } from '../database.ts'
import { noSuchBucket, noSuchKey } from '../errors.ts'

/** What the service says about a stored file. */
export interface ObjectMetadata {
  readonly eTag: string
  readonly size: number
  readonly mimetype: string
  readonly cacheControl: string
  readonly contentEncoding?: string
  readonly lastModified: string
  readonly contentLength: number
  readonly httpStatusCode: number
}

/** A row of storage.objects. */
export interface ObjectRow {
  readonly id: string
  readonly bucket_id: string
  readonly name: string
  readonly version: string | null
  readonly owner: string | null
  readonly owner_id: string | null
  readonly metadata: Partial<ObjectMetadata> | null
  readonly user_metadata: Record<string, unknown> | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly last_accessed_at: Date
}

/** The columns of {@link ObjectRow}. */
export const objectColumns =
  'id, bucket_id, name, version, owner, owner_id, metadata, user_metadata, created_at, updated_at, last_accessed_at'

/** What uploads need to know of a bucket. */
export interface BucketRules {
  readonly id: string
  readonly public: boolean
  readonly file_size_limit: number | null
  readonly allowed_mime_types: string[] | null
}

/** Finds a row as far as the transaction's role sees it. */
export async function findObjectIfVisible(db: Db, bucket: string, name: string): Promise<ObjectRow | null> {
  const [row] = await db<ObjectRow[]>`
    select ${db.unsafe(objectColumns)} from storage.objects where bucket_id = ${bucket} and name = ${name}`
  return row ?? null
}

/** Finds a row as far as the transaction's role sees it. @throws {StorageError} `NoSuchKey` */
export async function findObject(db: Db, bucket: string, name: string): Promise<ObjectRow> {
  const row = await findObjectIfVisible(db, bucket, name)
  if (!row) throw noSuchKey()
  return row
}

/** Finds a bucket as far as the transaction's role sees it. @throws {StorageError} `NoSuchBucket` */
export async function findBucketRules(db: Db, id: string): Promise<BucketRules> {
  const [row] = await db<BucketRules[]>`
    select id, coalesce(public, false) as public, file_size_limit::float8 as file_size_limit, allowed_mime_types
    from storage.buckets where id = ${id}`
  if (!row) throw noSuchBucket()
  return row
}

/** The values of a row that is about to be written. */
export interface NewObject {
  readonly bucket_id: string
  readonly name: string
  readonly version: string
  readonly owner: string | null
  readonly owner_id: string | null
  readonly metadata: Partial<ObjectMetadata> | null
  readonly user_metadata: Record<string, unknown> | null
}

/** Inserts a row without reading it back, which would ask for a select policy. */
export async function insertObject(db: Db, row: NewObject): Promise<void> {
  await db`insert into storage.objects (bucket_id, name, version, owner, owner_id, metadata, user_metadata)
    values (${row.bucket_id}, ${row.name}, ${row.version}, ${row.owner}, ${row.owner_id},
      ${JSON.stringify(row.metadata)}::text::jsonb, ${JSON.stringify(row.user_metadata)}::text::jsonb)`
}

/** Inserts a row or replaces the one that has its path. */
export async function upsertObject(db: Db, row: NewObject): Promise<ObjectRow> {
  const [written] = await db<ObjectRow[]>`
    insert into storage.objects (bucket_id, name, version, owner, owner_id, metadata, user_metadata)
    values (${row.bucket_id}, ${row.name}, ${row.version}, ${row.owner}, ${row.owner_id},
      ${JSON.stringify(row.metadata)}::text::jsonb, ${JSON.stringify(row.user_metadata)}::text::jsonb)
    on conflict (bucket_id, name) do update set version = excluded.version, owner = excluded.owner,
      owner_id = excluded.owner_id, metadata = excluded.metadata, user_metadata = excluded.user_metadata
    returning ${db.unsafe(objectColumns)}`
  if (!written) throw noSuchKey()
  return written
}
