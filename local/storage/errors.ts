import postgres from 'postgres'

/** An answer of the storage protocol that reports a failure. */
export class StorageError extends Error {
  /** Status that the body names. HTTP itself answers 400 for most of them, as the original does. */
  readonly status: number
  /** Stable name of the failure, such as `NoSuchKey`. */
  readonly code: string
  /** Older name of the failure, by default the code. */
  readonly error: string
  readonly httpStatus: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: string,
    message: string,
    options: { error?: string; httpStatus?: number; headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'StorageError'
    this.status = status
    this.code = code
    this.error = options.error ?? code
    this.httpStatus = options.httpStatus ?? (status === 500 ? 500 : 400)
    this.headers = options.headers ?? {}
  }

  /** The body that storage-js reads. */
  toJSON(): { statusCode: string; code: string; error: string; message: string } {
    return { statusCode: String(this.status), code: this.code, error: this.error, message: this.message }
  }
}

/** 404 for a bucket that does not exist or that the caller may not see. */
export const noSuchBucket = () =>
  new StorageError(404, 'NoSuchBucket', 'Bucket not found', { error: 'Bucket not found' })

/** 404 for an object that does not exist or that the caller may not see. */
export const noSuchKey = () => new StorageError(404, 'NoSuchKey', 'Object not found', { error: 'not_found' })

/** 409 for a path or bucket name that is taken. */
export const alreadyExists = (cause?: unknown) =>
  new StorageError(409, 'ResourceAlreadyExists', 'The resource already exists', { error: 'Duplicate', cause })

/** 403 for what a policy forbids. */
export const accessDenied = (message: string, cause?: unknown) =>
  new StorageError(403, 'AccessDenied', message, { error: 'Unauthorized', cause })

/** 413 for a body over the limit. */
export const tooLarge = (what = 'object') =>
  new StorageError(413, 'EntityTooLarge', `The ${what} exceeded the maximum allowed size`, {
    error: 'Payload too large',
  })

/** 415 for a media type that the bucket does not take. */
export const unsupportedType = (type: string) =>
  new StorageError(415, 'InvalidMimeType', `mime type ${type} is not supported`, { error: 'invalid_mime_type' })

/** 400 for a request that cannot be read. */
export const invalidRequest = (message: string, cause?: unknown) =>
  new StorageError(400, 'InvalidRequest', message, { error: 'Error', cause })

/** 400 for a path that cannot name an object. */
export const invalidKey = (key: string) => new StorageError(400, 'InvalidKey', `Invalid key: ${key}`)

/** 400 for a signed URL or token that does not hold. */
export const invalidJwt = (message: string, cause?: unknown) => new StorageError(400, 'InvalidJWT', message, { cause })

/** 409 for a part of the hosted service that this one leaves out. */
export const notEnabled = (feature: string) =>
  new StorageError(409, 'FeatureNotEnabled', `The feature ${feature} is not enabled for this resource`)

const diskFull = (cause: unknown) =>
  new StorageError(507, 'InsufficientStorage', 'The disk is full: nothing was stored', { httpStatus: 507, cause })

/** The protocol's error for anything that was thrown. */
export function toStorageError(cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause
  if (cause instanceof postgres.PostgresError) return fromPostgres(cause)
  const code = codeOf(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(cause)
  if (/^(ECONNREFUSED|CONNECT_TIMEOUT|CONNECTION_(CLOSED|ENDED|DESTROYED))$/.test(code)) {
    return new StorageError(503, 'DatabaseError', 'The database is not available, please try again', {
      httpStatus: 503,
      cause,
    })
  }
  return new StorageError(500, 'InternalError', 'Internal server error', { cause })
}

function fromPostgres(cause: postgres.PostgresError): StorageError {
  switch (cause.code) {
    case '42501':
      return accessDenied('new row violates row-level security policy', cause)
    case '22023':
      // Only a role that does not exist gets here: all other settings are ours.
      return accessDenied(cause.message, cause)
    case '23505':
      return alreadyExists(cause)
    case '23503':
      return new StorageError(404, 'InvalidRequest', 'The related resource does not exist', { cause })
    case '53100':
      return diskFull(cause)
    case '55P03':
      return new StorageError(423, 'ResourceLocked', 'The resource is locked', { cause })
    case '57014':
      return new StorageError(544, 'DatabaseTimeout', 'The connection to the database timed out', {
        httpStatus: 544,
        cause,
      })
    default:
      return new StorageError(500, 'DatabaseError', cause.message, { cause })
  }
}

/** Code of a system error; empty for other things. */
export function codeOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return ''
  return typeof cause.code === 'string' ? cause.code : ''
}
