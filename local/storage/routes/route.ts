import type { ServerResponse } from 'node:http'
import { type Caller, requireCaller } from '../caller.ts'
import type { Reply, StorageRequest } from '../http.ts'
import { requireBucketName, requireKey } from '../names.ts'
import type { ObjectPath } from '../objects/changes.ts'
import type { Storage } from '../storage.ts'

/** One request with what its route says about it. */
export interface RouteContext {
  readonly storage: Storage
  readonly request: StorageRequest
  readonly response: ServerResponse
  /** Bucket that the path names. @throws {StorageError} `InvalidBucketName` */
  bucket(): string
  /** Bucket and object that the path names. @throws {StorageError} `InvalidBucketName`, `InvalidKey` */
  object(): ObjectPath
  /** Who asks. @throws {StorageError} where there is no valid token */
  caller(): Promise<Caller>
}

/** Answers a request: with JSON, or with a file by itself. */
export type Handler = (context: RouteContext) => Promise<Reply | undefined>

/** A method and a path: the first parts as written, then a bucket (`:bucket`), then an object (`*`). */
export interface Route {
  readonly methods: readonly string[]
  readonly path: string
  readonly handle: Handler
}

/** Names in a path, decoded. */
interface RouteParams {
  readonly bucket: string
  readonly name: string
}

/** Finds the route of a path: the one with the most fixed parts. */
export function matchRoute(
  routes: readonly Route[],
  method: string,
  parts: readonly string[],
): { route: Route; params: RouteParams } | null {
  let best: { route: Route; params: RouteParams; fixed: number } | null = null
  for (const route of routes) {
    if (!route.methods.includes(method)) continue
    const pattern = route.path.split('/').slice(1)
    const fixed = pattern.filter((part) => part !== ':bucket' && part !== '*').length
    const params = matchParts(pattern, parts)
    if (params && (!best || fixed > best.fixed)) best = { route, params, fixed }
  }
  return best
}

function matchParts(pattern: readonly string[], parts: readonly string[]): RouteParams | null {
  let bucket = ''
  for (const [index, wanted] of pattern.entries()) {
    if (wanted === '*') {
      const name = parts.slice(index).join('/')
      return name === '' ? null : { bucket, name }
    }
    const part = parts[index]
    if (part === undefined || part === '') return null
    if (wanted === ':bucket') bucket = part
    else if (wanted !== part) return null
  }
  return parts.length === pattern.length ? { bucket, name: '' } : null
}

/** Puts together what a handler works with. */
export function createContext(
  storage: Storage,
  request: StorageRequest,
  response: ServerResponse,
  params: RouteParams,
): RouteContext {
  return {
    storage,
    request,
    response,
    bucket: () => requireBucketName(params.bucket),
    object: () => ({ bucket: requireBucketName(params.bucket), name: requireKey(params.name) }),
    caller: () => requireCaller(storage.tokens, request),
  }
}
