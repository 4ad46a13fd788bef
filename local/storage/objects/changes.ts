import { type Caller, ownerOf } from '../caller.ts'
import { asCaller } from '../database.ts'
import { noSuchKey } from '../errors.ts'
import type { Storage } from '../storage.ts'
import { findObject, type ObjectMetadata, type ObjectRow, objectColumns } from './rows.ts'
import { removeVersions, replaceObject, requireUpload } from './upload.ts'

/** A place of an object. */
export interface ObjectPath {
  readonly bucket: string
  readonly name: string
}

/**
 * Gives an object another path. The file stays where it is.
 *
 * @throws {StorageError} `NoSuchKey`, `AccessDenied`, `ResourceAlreadyExists`
 */
export function moveObject(storage: Storage, caller: Caller, from: ObjectPath, to: ObjectPath): Promise<ObjectRow> {
  const { owner, owner_id } = ownerOf(caller.subject)
  return asCaller(storage.pool, caller, 'storage.object.move', async (db) => {
    await findObject(db, from.bucket, from.name)
    const [moved] = await db<ObjectRow[]>`
      update storage.objects set bucket_id = ${to.bucket}, name = ${to.name},
        owner = coalesce(${owner}, owner), owner_id = coalesce(${owner_id}, owner_id)
      where bucket_id = ${from.bucket} and name = ${from.name} returning ${db.unsafe(objectColumns)}`
    if (!moved) throw noSuchKey()
    return moved
  })
}

/** What a copy takes over and what it changes. */
export interface CopyOptions {
  readonly isUpsert: boolean
  readonly copiesMetadata: boolean
  readonly metadata: { readonly cacheControl?: string | undefined; readonly mimetype?: string | undefined }
  readonly userMetadata: Record<string, unknown> | null
}

/**
 * Copies an object to another path.
 *
 * @throws {StorageError} `NoSuchKey`, `AccessDenied`, `ResourceAlreadyExists`
 */
export async function copyObject(
  storage: Storage,
  caller: Caller,
  from: ObjectPath,
  to: ObjectPath,
  options: CopyOptions,
): Promise<ObjectRow> {
  const source = await asCaller(storage.pool, caller, 'storage.object.copy', (db) =>
    findObject(db, from.bucket, from.name),
  )
  const metadata: Partial<ObjectMetadata> = {
    ...source.metadata,
    ...(options.copiesMetadata ? {} : definedOnly(options.metadata)),
    lastModified: new Date().toISOString(),
  }
  const userMetadata = options.copiesMetadata ? source.user_metadata : options.userMetadata
  await requireUpload(
    storage,
    { ...to, isUpsert: options.isUpsert, caller, subject: caller.subject, operation: 'storage.object.copy' },
    { metadata, userMetadata },
  )
  const row = {
    bucket_id: to.bucket,
    name: to.name,
    version: await storage.files.copy(source.version ?? ''),
    ...ownerOf(caller.subject),
    metadata,
    user_metadata: userMetadata,
  }
  return replaceObject(storage, row, options)
}

function definedOnly(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Deletes objects; those that the caller may not delete are left and not listed. @returns the deleted rows */
export async function removeObjects(
  storage: Storage,
  caller: Caller,
  bucket: string,
  names: readonly string[],
): Promise<ObjectRow[]> {
  const removed = await asCaller(
    storage.pool,
    caller,
    'storage.object.delete_many',
    (db) => db<ObjectRow[]>`
      delete from storage.objects where bucket_id = ${bucket} and name = any (${[...names]}::text[]) returning ${db.unsafe(objectColumns)}`,
  )
  await removeVersions(storage, versionsOf(removed))
  return [...removed]
}

/** Deletes one object. @throws {StorageError} `NoSuchKey` also where the policies forbid it */
export async function removeObject(storage: Storage, caller: Caller, path: ObjectPath): Promise<void> {
  const removed = await asCaller(
    storage.pool,
    caller,
    'storage.object.delete',
    (db) => db<ObjectRow[]>`
      delete from storage.objects where bucket_id = ${path.bucket} and name = ${path.name} returning ${db.unsafe(objectColumns)}`,
  )
  if (removed.length === 0) throw noSuchKey()
  await removeVersions(storage, versionsOf(removed))
}

/** Versions of rows that have a file. */
export function versionsOf(rows: readonly { version: string | null }[]): string[] {
  return rows.flatMap(({ version }) => (version === null ? [] : [version]))
}
