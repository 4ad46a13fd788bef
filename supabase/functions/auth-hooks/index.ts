import { HookPayloadError, sendAuthMail, sendEmailSchema } from '../_shared/auth-hooks/mod.ts'
import { backendClient, createApp } from '../_shared/http/mod.ts'
import { reportError } from '../_shared/observability/mod.ts'
import { mailSender, ProviderError } from '../_shared/providers/mail/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { SignatureError, verifyStandardWebhook } from '../_shared/webhooks/mod.ts'
import { sendEmailRoute } from './routes.ts'

/** The application, for the API document. */
export const app = createApp('auth-hooks')

/** Auth waits five seconds for a hook; giving up before it does leaves the answer to us. */
const longestSendMs = 4500

app.openapi(sendEmailRoute, async (c) => {
  const { logger, requestId: request_id } = c.var
  const failure = (http_code: number, message: string) => ({ error: { http_code, message } })
  try {
    const env = readEnv()
    const body = await readBody(c.req.raw)
    const callId = verifyStandardWebhook(env.SEND_EMAIL_HOOK_SECRET ?? '', c.req.raw.headers, body)
    const input = sendEmailSchema.parse(JSON.parse(body))
    const deps = {
      mail: mailSender(env),
      publicUrl: env.PUBLIC_URL,
      signal: AbortSignal.timeout(longestSendMs),
      db: backendClient(env),
      logger: logger.with({ request_id }),
    }
    const count = await sendAuthMail(deps, callId, input)
    if (count === 0) logger.warn('auth_mail_unknown', { request_id, kind: input.email_data.email_action_type })
    return c.json({}, 200)
  } catch (error) {
    if (error instanceof SignatureError) return c.json(failure(401, error.message), 401)
    if (error instanceof HookPayloadError) return c.json(failure(400, error.message), 400)
    if (error instanceof SyntaxError || (error instanceof Error && error.name === 'ZodError')) {
      return c.json(failure(400, 'Cannot send mail: the body is not a call of the send-email hook'), 400)
    }
    reportError('mail', error, {}, logger)
    if (error instanceof ProviderError && error.isRetryable) {
      // Auth repeats a call only when the answer has this header.
      c.header('retry-after', '2')
      return c.json(failure(503, 'Mail cannot be sent at the moment'), 503)
    }
    // Auth passes the message of an error on only when the status is 200.
    if (error instanceof ProviderError && error.failure === 'refused') {
      return c.json(failure(422, 'Mail to this address was refused'), 200)
    }
    return c.json(failure(500, 'Mail could not be sent'), 500)
  }
})

/** @throws {HookPayloadError} when the caller breaks off: nobody's mail was lost by that, so nobody is alerted */
async function readBody(request: Request): Promise<string> {
  try {
    return await request.text()
  } catch (cause) {
    throw new HookPayloadError('Cannot send mail: the body did not arrive whole', { cause })
  }
}

export default { fetch: app.fetch }
