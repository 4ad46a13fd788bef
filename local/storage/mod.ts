import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Logger } from '../logger.ts'
import type { RequestContext, Service } from '../service.ts'
import type { Tokens } from '../tokens.ts'
import { seedBuckets } from './buckets.ts'
import type { StorageConfig } from './config.ts'
import { openPool } from './database.ts'
import { invalidRequest, StorageError, toStorageError } from './errors.ts'
import { openFileStore } from './file_store.ts'
import { ok, type Reply, readRequest, sendError, sendReply } from './http.ts'
import { openRenders } from './renders.ts'
import { bucketRoutes } from './routes/bucket_routes.ts'
import { objectRoutes } from './routes/object_routes.ts'
import { readRoutes } from './routes/read_routes.ts'
import { createContext, matchRoute, type Route } from './routes/route.ts'
import type { Storage } from './storage.ts'

export { type StorageConfig, storageSection } from './config.ts'

/** Options of {@link createStorageService}. */
export interface StorageOptions {
  /** Connection URL with the login role supabase_storage_admin. */
  readonly databaseUrl: string
  /** Where the content of objects is kept; made when missing. */
  readonly folder: string
  readonly config: StorageConfig
  /** Verify callers and signed URLs, sign the latter. */
  readonly tokens: Tokens
  readonly logger: Logger
}

/** The storage service. */
export interface StorageService extends Service {
  /** Brings the buckets of config.toml to what it says, as at start; for a database that was made anew. */
  seedBuckets(): Promise<void>
}

const health: Route = {
  methods: ['GET', 'HEAD'],
  path: '/status',
  handle: async () => ok({ message: 'ok' }),
}
const routes: readonly Route[] = [health, ...bucketRoutes, ...objectRoutes, ...readRoutes]

/** Serves Supabase Storage's protocol: rows in Postgres under the caller's policies, content in files. */
export async function createStorageService(options: StorageOptions): Promise<StorageService> {
  const { config, tokens, logger } = options
  const files = await openFileStore(options.folder)
  const renders = await openRenders(join(options.folder, 'renders'), files)
  const pool = openPool(options.databaseUrl)
  const storage: Storage = { pool, config, tokens, files, renders, logger }
  try {
    await seedBuckets(pool, config)
  } catch (error) {
    await pool.end({ timeout: 5 })
    throw error
  }
  const underway = new Set<Promise<void>>()
  return {
    async handle(request, response, context) {
      const answering = serve(storage, request, response, context)
      underway.add(answering)
      await answering.finally(() => underway.delete(answering))
    },
    seedBuckets: () => seedBuckets(pool, config),
    async close() {
      await Promise.allSettled(underway)
      await pool.end({ timeout: 5 })
    },
  }
}

async function serve(
  storage: Storage,
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
): Promise<void> {
  try {
    const reply = await answer(storage, request, response, context)
    if (reply) sendReply(response, reply)
  } catch (cause) {
    const error = toStorageError(cause)
    if (request.errored || response.destroyed) {
      storage.logger.debug('a client went away', { requestId: context.requestId })
    } else if (error.status >= 500) {
      const reason = error.cause instanceof Error ? error.cause.message : error.message
      storage.logger.error(error.message, { requestId: context.requestId, reason })
    }
    if (response.headersSent) response.destroy()
    else sendError(response, error)
  }
  // What is left of a body that nobody read, so that the connection can be used again.
  if (!request.readableEnded) request.resume()
}

async function answer(
  storage: Storage,
  raw: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
): Promise<Reply | undefined> {
  const request = readRequest(raw, context)
  const match = matchRoute(routes, request.method, decodeParts(request.path))
  if (!match) {
    const message = `Route ${request.method}:${request.path} not found`
    throw new StorageError(404, 'NotFound', message, { error: 'Not Found', httpStatus: 404 })
  }
  return match.route.handle(createContext(storage, request, response, match.params))
}

function decodeParts(path: string): string[] {
  try {
    return path.slice(1).split('/').map(decodeURIComponent)
  } catch (cause) {
    throw invalidRequest(`'${path}' is not a valid url component`, cause)
  }
}
