import { type Caller, ownerOf } from '../caller.ts'
import { asService, type Db, type Operation, tryAsCaller } from '../database.ts'
import { alreadyExists, tooLarge } from '../errors.ts'
import type { StoredFile } from '../file_store.ts'
import type { StorageRequest } from '../http.ts'
import { type IncomingFile, readIncomingFile } from '../incoming_file.ts'
import { isFolderMark, requireAllowedType } from '../names.ts'
import type { Storage } from '../storage.ts'
import {
  type BucketRules,
  findBucketRules,
  insertObject,
  type NewObject,
  type ObjectMetadata,
  type ObjectRow,
  upsertObject,
} from './rows.ts'

/** Where an upload goes and who answers for it. */
export interface UploadTarget {
  readonly bucket: string
  readonly name: string
  readonly isUpsert: boolean
  /** Whose policies decide; null when a signed URL already did. */
  readonly caller: Caller | null
  /** Person that owns the object. */
  readonly subject: string | null
  readonly operation: Operation
}

/**
 * Takes a file: asks the policies, streams it to the disk, then writes the row. Nothing remains of an upload that fails
 * on the way; of two at once for one path the one that finishes last stands.
 *
 * @throws {StorageError} as the protocol says
 */
export async function uploadObject(
  storage: Storage,
  request: StorageRequest,
  target: UploadTarget,
): Promise<{ id: string; path: string }> {
  const file = await readIncomingFile(request)
  try {
    const { rules, refusal } = await weigh(storage, target, {
      metadata: {
        mimetype: file.mediaType,
        ...(file.announcedSize === null ? {} : { size: file.announcedSize, contentLength: file.announcedSize }),
      },
      userMetadata: file.userMetadata,
    })
    const limit = limitOf(storage, rules, target.name)
    if (file.announcedSize !== null && file.announcedSize > limit) throw tooLarge()
    if (rules.allowed_mime_types && rules.allowed_mime_types.length > 0 && !isFolderMark(target.name)) {
      requireAllowedType(file.mediaType, rules.allowed_mime_types)
    }
    if (refusal) throw refusal
    const stored = await storage.files.receive(file.body, limit)
    const row = await finish(storage, target, file, stored)
    return { id: row.id, path: `${target.bucket}/${target.name}` }
  } catch (error) {
    file.discard()
    throw error
  }
}

/** What an object says about itself before it is there. */
interface Announcement {
  readonly metadata: Partial<ObjectMetadata>
  readonly userMetadata: Record<string, unknown> | null
}

/**
 * Finds out by a write that is taken back whether an object may be put at a path.
 *
 * @throws {StorageError} `NoSuchBucket`, `AccessDenied`, `ResourceAlreadyExists`
 */
export async function requireUpload(storage: Storage, target: UploadTarget, about: Announcement): Promise<void> {
  const { refusal } = await weigh(storage, target, about)
  if (refusal) throw refusal
}

async function weigh(
  storage: Storage,
  target: UploadTarget,
  about: Announcement,
): Promise<{ rules: BucketRules; refusal: unknown }> {
  const lookUp = (db: Db) => findBucketRules(db, target.bucket)
  if (!target.caller) return { rules: await lookUp(storage.pool), refusal: null }
  const row: NewObject = {
    bucket_id: target.bucket,
    name: target.name,
    version: '1',
    ...ownerOf(target.subject),
    metadata: about.metadata,
    user_metadata: about.userMetadata,
  }
  const { found, refusal } = await tryAsCaller(storage.pool, target.caller, target.operation, {
    lookUp,
    act: (db) => (target.isUpsert ? upsertObject(db, row) : insertObject(db, row)),
  })
  return { rules: found, refusal }
}

function limitOf(storage: Storage, rules: BucketRules, name: string): number {
  if (isFolderMark(name)) return 0
  return Math.min(storage.config.file_size_limit, rules.file_size_limit ?? Number.POSITIVE_INFINITY)
}

async function finish(
  storage: Storage,
  target: UploadTarget,
  file: IncomingFile,
  stored: StoredFile,
): Promise<ObjectRow> {
  const metadata: ObjectMetadata = {
    eTag: stored.etag,
    size: stored.size,
    mimetype: file.mediaType,
    cacheControl: file.cacheControl,
    ...(file.contentEncoding ? { contentEncoding: file.contentEncoding } : {}),
    lastModified: new Date().toISOString(),
    contentLength: stored.size,
    httpStatusCode: 200,
  }
  const row = {
    bucket_id: target.bucket,
    name: target.name,
    version: stored.version,
    ...ownerOf(target.subject),
    metadata,
    user_metadata: file.userMetadata,
  }
  return replaceObject(storage, row, target)
}

/**
 * Makes a version the one that a path shows, and removes the file of the one before.
 *
 * @throws {StorageError} `ResourceAlreadyExists` when there is one before that must not go; the new file is then gone
 */
export async function replaceObject(
  storage: Storage,
  row: NewObject,
  { isUpsert }: { readonly isUpsert: boolean },
): Promise<ObjectRow> {
  try {
    const { written, before } = await asService(storage.pool, async (db) => {
      // All are sent at once and in this order, for which the first two must not wait to be awaited. The lock makes a
      // writer wait for another, whose row the second statement then sees.
      const lock = db`select pg_advisory_xact_lock(hashtextextended(${`${row.bucket_id}/${row.name}`}, 0))`.execute()
      const finding = db<{ version: string | null }[]>`
        select version from storage.objects where bucket_id = ${row.bucket_id} and name = ${row.name}
        for update`.execute()
      const [, [before], written] = await Promise.all([lock, finding, upsertObject(db, row)])
      if (before && !isUpsert) throw alreadyExists()
      return { written, before: before?.version ?? null }
    })
    if (before !== null) await removeVersions(storage, [before])
    return written
  } catch (error) {
    await removeVersions(storage, [row.version])
    throw error
  }
}

/** Removes files that no row names any more. A failure leaves a file too many and fails nobody's request. */
export async function removeVersions(storage: Storage, versions: readonly string[]): Promise<void> {
  try {
    await storage.files.remove(versions)
    await storage.renders.remove(versions)
  } catch (error) {
    storage.logger.warn('a file could not be removed', { reason: error instanceof Error ? error.message : 'unknown' })
  }
}
