import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { createLogger, type Logger } from '../runtime/mod.ts'
import type { App, AppEnv } from './app_env.ts'
import { AppError, type FieldProblem } from './app_error.ts'
import { errorResponse, toAppError } from './error_answer.ts'
import { identifyAndLog } from './request_log.ts'

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
    if (error.status >= 500) {
      const { requestId, trace } = c.var
      logger.error('request_failed', error.cause ?? error, { request_id: requestId, trace_id: trace.traceId })
    }
    return answerError(c, error)
  })
  app.notFound((c) => {
    const hint = 'See the API document for the paths there are'
    return answerError(c, new AppError(404, 'not_found', 'No such path', { hint }))
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

function answerError(c: Context<AppEnv>, error: AppError): Response {
  c.set('errorCode', error.code)
  return errorResponse(error, c.req.raw, c.var.requestId)
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
