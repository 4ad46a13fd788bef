import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Service } from '../service.ts'
import type { RestOptions } from './config.ts'
import { PostgrestService, type RestContext } from './service.ts'

export type { OpenApiOptions, RestOptions, TransactionEnd } from './config.ts'
export type { RestContext } from './service.ts'

/** The REST service: PostgREST's protocol over one database. */
export interface RestService extends Service {
  handle(request: IncomingMessage, response: ServerResponse, context: RestContext): Promise<void>
  /** Reads configuration and schema anew. @throws {Error} when Postgres is away; requests go on with what was known */
  reload(): Promise<void>
}

/**
 * Starts the REST service. Resolves when the schema is known or the first attempt to read it has failed; in the latter
 * case requests are answered with 503 until it succeeds.
 */
export async function createRestService(options: RestOptions): Promise<RestService> {
  const service = new PostgrestService(options)
  await service.start()
  return service
}
