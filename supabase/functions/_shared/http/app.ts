import { OpenAPIHono } from '@hono/zod-openapi'
import type { SupabaseContext } from '@supabase/server'
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { routePath } from 'hono/route'
import { createLogger, type Logger } from '../runtime/mod.ts'
import { AppError, type FieldProblem } from './app_error.ts'
import { errorResponse, toAppError } from './error_answer.ts'

/** What the middleware of {@link createApp} puts into the context of a request. */
export interface AppEnv {
  Variables: {
    /** Echoed as `x-request-id` and in every error; find the log lines of a request by it. */
    requestId: string
    logger: Logger
    /** Set by `withSupabase` on routes that ask for it. */
    supabaseContext: SupabaseContext
  }
}

/** An endpoint: routes are added with `app.openapi(route, handler)`, paths without the function's name. */
export type App = OpenAPIHono<AppEnv>

/**
 * Makes the application of one edge function: request ids, CORS, one log line for each request, errors in one shape,
 * 404 and 405, a limit on bodies, and an OpenAPI document of its routes.
 *
 * @param name of the function, which is also the first segment of its paths
 * @param options.maxBodyBytes largest body that is read; 1 MiB when left out
 * @param options.logger writes elsewhere than the console
 * @example
 * const app = createApp('billing')
 * app.openapi(checkoutRoute, async (c) => c.json(await startCheckout(deps, c.req.valid('json')), 201))
 * export default { fetch: app.fetch }
 */
export function createApp(name: string, options: { maxBodyBytes?: number; logger?: Logger } = {}): App {
  const logger = options.logger ?? createLogger(name)
  const app: App = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.target, result.error.issues)
    },
  }).basePath(`/${name}`)
  app.onError((thrown, c) => {
    const error = toAppError(thrown)
    if (error.status >= 500) logger.error('request_failed', error.cause ?? error, { request_id: c.var.requestId })
    return errorResponse(error, c.req.raw, c.var.requestId)
  })
  app.notFound((c) => {
    const error = new AppError(404, 'not_found', 'No such path', {
      hint: 'See the API document for the paths there are',
    })
    return errorResponse(error, c.req.raw, c.var.requestId)
  })
  app.use(identifyAndLog(logger))
  app.use(
    cors({
      origin: '*',
      allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      exposeHeaders: ['x-request-id', 'retry-after', 'content-disposition'],
      maxAge: 3600,
    }),
  )
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, allowed) => {
        throw new AppError(405, 'method_not_allowed', `Cannot ${c.req.method} this path`, {
          hint: `Use ${allowed.join(' or ')}`,
          headers: { allow: allowed.join(', ') },
        })
      },
    }),
  )
  app.use(
    bodyLimit({
      maxSize: options.maxBodyBytes ?? 1024 * 1024,
      onError: () => {
        throw new AppError(413, 'body_too_large', 'Cannot read body: it is too large')
      },
    }),
  )
  return app
}

function identifyAndLog(logger: Logger): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const startedAt = performance.now()
    const given = c.req.header('sb-request-id') ?? c.req.header('x-request-id') ?? ''
    const requestId = /^[\w-]{8,64}$/.test(given) ? given : crypto.randomUUID()
    c.set('requestId', requestId)
    c.set('logger', logger)
    await next()
    c.res.headers.set('x-request-id', requestId)
    logger.info('request', {
      request_id: requestId,
      method: c.req.method,
      // The pattern and not the path, which may hold a name or a token.
      route: routePath(c, -1),
      status: c.res.status,
      duration_ms: Math.round(performance.now() - startedAt),
    })
  }
}

const places: Readonly<Record<string, string>> = { json: 'body', form: 'body', param: 'path' }

function invalidRequest(
  target: string,
  issues: readonly { path: readonly PropertyKey[]; message: string }[],
): AppError {
  const details: FieldProblem[] = issues.map((issue) => ({
    path: [places[target] ?? target, ...issue.path.map(String)].join('.'),
    message: issue.message,
  }))
  return new AppError(400, 'invalid_request', `Cannot read request: "${details[0]?.path}" is not valid`, {
    hint: 'Correct the fields named in details',
    details,
  })
}
