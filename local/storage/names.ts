import { invalidKey, StorageError, unsupportedType } from './errors.ts'

const bucketPattern = /^[\w!\-.*'() &$@=;:+,?]{1,100}$/
const keyPattern = /^[\w/!\-.*'() &$@=;:+,?]+$/
const mediaTypePattern = /^([\w\-+.]+)\/([\w\-+.]+)(;\s*charset=[\w-]+)?$|^[\w\-+.]*\/?\*$/
const longestKey = 1024

/** @throws {StorageError} `InvalidBucketName` unless the text can name a bucket */
export function requireBucketName(name: string): string {
  if (bucketPattern.test(name)) return name
  throw new StorageError(400, 'InvalidBucketName', 'Bucket name invalid', { error: 'Invalid Input' })
}

/**
 * Lets paths pass that the hosted service takes: characters that are safe in S3. A part that is `.` or `..` is refused
 * on top of that, although no path ever reaches the file system here.
 *
 * @throws {StorageError} `InvalidKey`
 */
export function requireKey(key: string): string {
  if (key.length > longestKey || !keyPattern.test(key)) throw invalidKey(key)
  if (key.split('/').some((part) => part === '.' || part === '..')) throw invalidKey(key)
  return key
}

/** True for the file that clients upload to make an empty folder visible; it has no content. */
export function isFolderMark(key: string): boolean {
  return key.endsWith('.emptyFolderPlaceholder')
}

/** @throws {StorageError} `InvalidMimeType` unless each can stand in a bucket's list */
export function requireMediaTypes(types: readonly string[]): void {
  for (const type of types) {
    if (type.length > 1000 || !mediaTypePattern.test(type)) throw unsupportedType(type)
  }
}

/** @throws {StorageError} `InvalidMimeType` unless the list, where `image/*` stands for all images, has the type */
export function requireAllowedType(type: string, allowed: readonly string[]): void {
  const [essence = ''] = type.toLowerCase().split(';', 1)
  const [family = '', subtype] = essence.trim().split('/')
  if (subtype) {
    for (const entry of allowed) {
      const lower = entry.toLowerCase()
      if (lower === '*' || lower === '*/*' || lower === `${family}/*`) return
      if (lower === type.toLowerCase() || lower === essence.trim()) return
    }
  }
  throw unsupportedType(type)
}
