import type { OpenAPIHono } from '@hono/zod-openapi'
import type { SupabaseContext } from '@supabase/server'
import type { Context } from 'hono'
import type { AuditActor, LimitedCaller } from '../platform/mod.ts'
import type { Logger } from '../runtime/mod.ts'
import type { Trace } from './trace.ts'

/** What the middleware of `createApp` puts into the context of a request. */
export interface AppEnv {
  Variables: {
    /** Echoed as `x-request-id` and in every error; find the log lines of a request by it. */
    requestId: string
    /** Place of this request in a distributed trace; send `trace.header` along with every call to the outside. */
    trace: Trace
    /** Writes the ids of request and trace into each line. */
    logger: Logger
    /** Aborts when the caller went away or the time is over; pass it to whatever takes long. */
    signal: AbortSignal
    /** Organization that a route acts for; routes set it so that error reports name it. */
    organizationId: string | undefined
    /** Code of the error that is answered, for the log; undefined while all is well. */
    errorCode: string | undefined
    /** Whom limits count and whose idempotency keys are kept, set by what authenticates; else the signed-in person. */
    limitedCaller: LimitedCaller | undefined
    /** Who is calling, for the audit log, set by what authenticates; else the signed-in person. */
    actor: AuditActor | undefined
    /** Set by `withSupabase` on routes that ask for it. */
    supabaseContext: SupabaseContext
  }
}

/** The context of a request, for middleware. */
export type AppContext = Context<AppEnv>

/** An endpoint: routes are added with `app.openapi(route, handler)`, paths without the function's name. */
export type App = OpenAPIHono<AppEnv>
