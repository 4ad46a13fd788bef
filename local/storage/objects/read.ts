import type { ServerResponse } from 'node:http'
import { type Caller, requireCaller } from '../caller.ts'
import { asCaller, asServiceThenCaller, type Db, type Operation } from '../database.ts'
import { noSuchBucket, noSuchKey, StorageError } from '../errors.ts'
import { ok, type Reply, type StorageRequest } from '../http.ts'
import { type TransformOptions, transformationsOf } from '../renders.ts'
import type { Storage } from '../storage.ts'
import type { ObjectPath } from './changes.ts'
import { findBucketRules, findObject, findObjectIfVisible, type ObjectRow } from './rows.ts'
import { lastModifiedOf, type ServeOptions, serveAsset } from './serve.ts'

/** Finds an object for somebody; each time anew, because a newer version may replace it meanwhile. */
export type Finder = () => Promise<ObjectRow>

/** Finds an object of a public bucket, for anybody. */
export function publicFinder(storage: Storage, path: ObjectPath): Finder {
  return async () => {
    const bucket = await findBucketRules(storage.pool, path.bucket)
    if (!bucket.public) throw noSuchBucket()
    return findObject(storage.pool, path.bucket, path.name)
  }
}

/** Finds an object whatever the policies say: a signed URL stands for them. */
export function signedFinder(storage: Storage, path: ObjectPath): Finder {
  return () => findObject(storage.pool, path.bucket, path.name)
}

/** Finds an object under the caller's policies. */
export function callerFinder(storage: Storage, caller: Caller, path: ObjectPath, operation: Operation): Finder {
  return () => asCaller(storage.pool, caller, operation, (db) => findObject(db, path.bucket, path.name))
}

/**
 * Finds an object for a request that may carry a token: what is public needs none.
 *
 * @throws {StorageError} `NoSuchBucket` without a token where the bucket is not public
 */
export async function openFinder(
  storage: Storage,
  request: StorageRequest,
  path: ObjectPath,
  operation: Operation,
): Promise<Finder> {
  const lookUp = async (db: Db) => {
    const [bucket] = await db<{ public: boolean | null }[]>`
      select public from storage.buckets where id = ${path.bucket}`
    return bucket?.public ?? false
  }
  const identified = await identify(storage, request)
  if ('refusal' in identified) {
    if (!(await lookUp(storage.pool))) throw identified.refusal
    return signedFinder(storage, path)
  }
  return async () => {
    const [isPublic, object] = await asServiceThenCaller(storage.pool, identified.caller, operation, {
      lookUp,
      act: (db) => findObjectIfVisible(db, path.bucket, path.name),
    })
    if (object) return object
    if (isPublic) return findObject(storage.pool, path.bucket, path.name)
    throw noSuchKey()
  }
}

/** A public object is given out whatever token comes with the request. */
async function identify(
  storage: Storage,
  request: StorageRequest,
): Promise<{ caller: Caller } | { refusal: StorageError }> {
  if (request.bearer === null) return { refusal: noSuchBucket() }
  try {
    return { caller: await requireCaller(storage.tokens, request) }
  } catch (error) {
    if (error instanceof StorageError) return { refusal: error }
    throw error
  }
}

/** Answers with an object's content. */
export async function serveObject(
  storage: Storage,
  request: StorageRequest,
  response: ServerResponse,
  find: Finder,
  options: ServeOptions,
): Promise<void> {
  const { object, opened } = await openCurrent(find, (row) => storage.files.open(row.version ?? ''))
  await serveAsset(
    request,
    response,
    object,
    {
      file: opened,
      mediaType: mediaTypeOf(object),
      etag: object.metadata?.eTag ?? '',
      ...(object.metadata?.contentEncoding ? { contentEncoding: object.metadata.contentEncoding } : {}),
    },
    options,
  )
}

/** Answers with an image made of an object. */
export async function serveImage(
  storage: Storage,
  request: StorageRequest,
  response: ServerResponse,
  find: Finder,
  transform: TransformOptions,
  options: ServeOptions,
): Promise<void> {
  if (!storage.config.image_transformation.enabled) {
    throw new StorageError(403, 'FeatureNotEnabled', 'Image transformation is not enabled', { httpStatus: 403 })
  }
  const accept = transform.format === 'origin' ? '' : (request.header('accept') ?? '')
  const { object, opened } = await openCurrent(find, (row) =>
    storage.renders.open({ version: row.version ?? '', mediaType: mediaTypeOf(row) }, transform, accept),
  )
  const transformations = transformationsOf(transform)
  // An image of other pixels is another thing to a cache than its source.
  const etag = (object.metadata?.eTag ?? '').replace(/"$/, `-${opened.key}"`)
  response.setHeader('vary', 'accept')
  await serveAsset(request, response, object, { ...opened, etag, transformations }, options)
}

/** A version that goes between the look-up and the opening was replaced: the second look finds the newer one. */
async function openCurrent<T>(
  find: Finder,
  openVersion: (row: ObjectRow) => Promise<T>,
): Promise<{ object: ObjectRow; opened: T }> {
  for (let attempt = 1; ; attempt += 1) {
    const object = await find()
    try {
      return { object, opened: await openVersion(object) }
    } catch (error) {
      const isGone = error instanceof StorageError && error.code === noSuchKey().code
      if (!isGone || attempt === 3) throw error
    }
  }
}

/** Answers with what is known of an object. */
export function objectInfo(object: ObjectRow): Reply {
  const { metadata } = object
  return {
    ...ok({
      id: object.id,
      name: object.name,
      version: object.version,
      bucket_id: object.bucket_id,
      size: metadata?.size ?? null,
      content_type: metadata?.mimetype ?? null,
      cache_control: metadata?.cacheControl ?? null,
      etag: metadata?.eTag ?? null,
      metadata: object.user_metadata,
      last_modified: object.updated_at,
      created_at: object.created_at,
    }),
    headers: { etag: metadata?.eTag ?? '', 'last-modified': lastModifiedOf(object).toUTCString() },
  }
}

function mediaTypeOf(object: ObjectRow): string {
  return object.metadata?.mimetype ?? 'application/octet-stream'
}
