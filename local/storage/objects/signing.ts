import { z } from 'zod'
import { TokenError } from '../../service.ts'
import { type Caller, tokenMessage } from '../caller.ts'
import { asCaller } from '../database.ts'
import { invalidJwt, StorageError } from '../errors.ts'
import { type TransformOptions, transformationsOf, transformSchema } from '../renders.ts'
import type { Storage } from '../storage.ts'
import type { ObjectPath } from './changes.ts'
import { findObject } from './rows.ts'
import { requireUpload } from './upload.ts'

const uploadLifetimeSeconds = 2 * 3600

const downloadClaims = z.object({
  scope: z.literal('storage.download'),
  url: z.string(),
  exp: z.number(),
  transformations: z.string().optional(),
  format: z.string().optional(),
})

const uploadClaims = z.object({
  scope: z.literal('storage.upload'),
  url: z.string(),
  owner: z.string().nullish(),
  upsert: z.boolean(),
})

/** Signs a URL that reads one object. @throws {StorageError} `NoSuchKey` where the caller may not see it */
export async function signObject(
  storage: Storage,
  caller: Caller,
  path: ObjectPath,
  expiresIn: number,
  transform: TransformOptions,
): Promise<string> {
  await asCaller(storage.pool, caller, 'storage.object.sign', (db) => findObject(db, path.bucket, path.name))
  return signPath(storage, path, expiresIn, transform)
}

/** Signs URLs of several objects; those that the caller may not see come back with an error each. */
export async function signObjects(
  storage: Storage,
  caller: Caller,
  bucket: string,
  names: readonly string[],
  expiresIn: number,
): Promise<{ error: string | null; path: string; signedURL: string | null }[]> {
  const rows = await asCaller(
    storage.pool,
    caller,
    'storage.object.sign_many',
    (db) => db<{ name: string }[]>`
      select name from storage.objects where bucket_id = ${bucket} and name = any (${[...names]}::text[])`,
  )
  const visible = new Set(rows.map(({ name }) => name))
  return Promise.all(
    names.map(async (name) =>
      visible.has(name)
        ? { error: null, path: name, signedURL: await signPath(storage, { bucket, name }, expiresIn, {}) }
        : { error: 'Either the object does not exist or you do not have access to it', path: name, signedURL: null },
    ),
  )
}

async function signPath(
  storage: Storage,
  { bucket, name }: ObjectPath,
  expiresIn: number,
  transform: TransformOptions,
): Promise<string> {
  const url = `${bucket}/${name}`
  const now = Math.floor(Date.now() / 1000)
  const transformations = transformationsOf(transform)
  const token = await storage.tokens.sign({
    scope: 'storage.download',
    url,
    iat: now,
    exp: now + expiresIn,
    ...(transformations ? { transformations } : {}),
    ...(transform.format ? { format: transform.format } : {}),
  })
  return `/${transformations ? 'render/image' : 'object'}/sign/${url}?token=${token}`
}

/** What a signed URL allows. */
export interface SignedDownload {
  readonly expires: Date
  readonly transform: TransformOptions
}

/** @throws {StorageError} `InvalidJWT`, or `InvalidSignature` when the token is of another path */
export async function verifyDownload(
  storage: Storage,
  token: string | null,
  path: ObjectPath,
): Promise<SignedDownload> {
  const claims = await verify(storage, token, path, downloadClaims)
  const parts = (claims.transformations ?? '').split(',').flatMap((part) => {
    const [name, value] = part.split(':')
    return name && value ? [[name, value] as const] : []
  })
  const transform = transformSchema.safeParse({
    ...Object.fromEntries(parts),
    ...(claims.format ? { format: claims.format } : {}),
  })
  return { expires: new Date(claims.exp * 1000), transform: transform.success ? transform.data : {} }
}

/** Signs a URL that takes one upload. @throws {StorageError} `AccessDenied`, `ResourceAlreadyExists` */
export async function signUpload(
  storage: Storage,
  caller: Caller,
  path: ObjectPath,
  isUpsert: boolean,
): Promise<{ url: string; token: string }> {
  const { subject } = caller
  await requireUpload(
    storage,
    { ...path, isUpsert, caller, subject, operation: 'storage.object.sign_upload_url' },
    { metadata: {}, userMetadata: null },
  )
  const url = `${path.bucket}/${path.name}`
  const now = Math.floor(Date.now() / 1000)
  const token = await storage.tokens.sign({
    scope: 'storage.upload',
    url,
    owner: subject,
    upsert: isUpsert,
    iat: now,
    exp: now + uploadLifetimeSeconds,
  })
  return { url: `/object/upload/sign/${url}?token=${token}`, token }
}

/** @throws {StorageError} `InvalidJWT`, or `InvalidSignature` when the token is of another path */
export async function verifyUpload(
  storage: Storage,
  token: string | null,
  path: ObjectPath,
): Promise<{ subject: string | null; isUpsert: boolean }> {
  const { owner, upsert } = await verify(storage, token, path, uploadClaims)
  return { subject: owner ?? null, isUpsert: upsert }
}

async function verify<T extends { url: string }>(
  storage: Storage,
  token: string | null,
  path: ObjectPath,
  schema: z.ZodType<T>,
): Promise<T> {
  if (token === null) throw invalidJwt("querystring must have required property 'token'")
  const payload = await storage.tokens.verify(token).catch((cause: unknown) => {
    if (cause instanceof TokenError) throw invalidJwt(tokenMessage(cause), cause)
    throw cause
  })
  // Anybody's access token is signed with the same key; only what this service signed has the scope.
  const claims = schema.safeParse(payload)
  if (!claims.success) throw invalidJwt('The token is of another kind')
  if (claims.data.url !== `${path.bucket}/${path.name}`) {
    throw new StorageError(400, 'InvalidSignature', 'Invalid signature')
  }
  return claims.data
}
