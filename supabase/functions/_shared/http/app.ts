import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { errorKind, reportError } from '../observability/mod.ts'
import { createLogger, type Logger } from '../runtime/mod.ts'
import type { App, AppEnv } from './app_env.ts'
import { AppError, type FieldProblem } from './app_error.ts'
import { checkedEnvironment } from './checked_environment.ts'
import { cors } from './cors.ts'
import { deadline } from './deadline.ts'
import { errorResponse, toAppError } from './error_answer.ts'
import { auditFailedCalls, type FailedCallsOptions } from './failed_calls.ts'
import { finishAnswer } from './finish_answer.ts'
import { identifyAndLog } from './request_log.ts'
import { securityHeaders } from './security_headers.ts'

/**
 * Makes the application of one edge function: request ids and traces, one log line for each request, CORS, security
 * headers, caching and compression of answers, a limit on time and on bodies, errors in one shape, 404 and 405, an audit
 * entry for each call of somebody known that failed, and an OpenAPI document of its routes.
 *
 * @param name of the function, which is also the first segment of its paths
 * @param options.maxBodyBytes largest body that is read; 1 MiB when left out
 * @param options.timeoutMs longest time until a route begins to answer; 30 seconds when left out
 * @param options.streamed routes that read their body from the connection as it comes, by their whole path: they bound it
 * themselves, and have a time of their own until they begin to answer
 * @param options.logger writes elsewhere than the console
 * @param options.failedCalls how failed calls are written down, where not with the secret key
 * @example
 * const app = createApp('billing')
 * app.openapi(checkoutRoute, async (c) => c.json(await startCheckout(deps, c.req.valid('json')), 201))
 * export default { fetch: app.fetch }
 */
export function createApp(
  name: string,
  options: {
    maxBodyBytes?: number
    timeoutMs?: number
    streamed?: { readonly paths: readonly string[]; readonly timeoutMs: number }
    logger?: Logger
    failedCalls?: FailedCallsOptions
  } = {},
): App {
  const logger = options.logger ?? createLogger(name)
  const app: App = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.target, result.error.issues)
    },
  }).basePath(`/${name}`)
  app.onError((thrown, c) => {
    const error = toAppError(thrown)
    if (error.status >= 500) {
      const cause = error.cause ?? error
      reportError(errorKind(cause, 'request'), cause, {}, c.var.logger.with({ code: error.code }))
    }
    return answerError(c, error)
  })
  app.notFound((c) => {
    const hint = 'See the API document for the paths there are'
    return answerError(c, new AppError(404, 'not_found', 'No such path', { hint }))
  })
  app.use(identifyAndLog(logger, name))
  app.use(securityHeaders())
  app.use(checkedEnvironment(logger))
  app.use(cors())
  app.use(finishAnswer())
  const isStreamed = (path: string) => options.streamed?.paths.includes(path) ?? false
  const usual = deadline(options.timeoutMs ?? 30_000)
  const streamed = deadline(options.streamed?.timeoutMs ?? 30_000)
  app.use((c, next) => (isStreamed(c.req.path) ? streamed : usual)(c, next))
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
  const limited = limitBody(options.maxBodyBytes ?? 1024 * 1024)
  app.use((c, next) => (isStreamed(c.req.path) ? next() : limited(c, next)))
  app.use(auditFailedCalls(options.failedCalls))
  return app
}

/** @throws {AppError} 413 `body_too_large`, 400 `bad_request` when the caller breaks off */
function limitBody(maxSize: number): MiddlewareHandler<AppEnv> {
  const limited = bodyLimit({
    maxSize,
    onError: () => {
      throw new AppError(413, 'body_too_large', 'Cannot read body: it is too large')
    },
  })
  return async (c, next) => {
    let isRead = false
    try {
      return await limited(c, () => {
        isRead = true
        return next()
      })
    } catch (cause) {
      // A body of unknown length is read here; what fails meanwhile is the connection, and no fault of ours.
      if (isRead || cause instanceof AppError) throw cause
      throw new AppError(400, 'bad_request', 'Cannot read body: it did not arrive whole', { cause })
    }
  }
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
