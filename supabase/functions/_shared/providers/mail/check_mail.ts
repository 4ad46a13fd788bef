import nodemailer from 'nodemailer'
import { z } from 'zod'
import type { Env } from '../../runtime/mod.ts'
import { ProviderError, requestProvider } from '../mod.ts'

/**
 * Asks the mail provider of the settings whether it would take mail from us, without sending any.
 *
 * @throws {ProviderError}
 */
export async function checkMail(env: Env, signal: AbortSignal): Promise<void> {
  if (env.MAIL_PROVIDER === 'postmark') {
    await requestProvider({
      provider: 'postmark',
      method: 'GET',
      url: `${env.POSTMARK_API_URL}/server`,
      headers: { accept: 'application/json', 'x-postmark-server-token': env.POSTMARK_SERVER_TOKEN ?? '' },
      schema: z.unknown(),
      maxAttempts: 1,
      signal,
    })
    return
  }
  const transport = nodemailer.createTransport({
    host: env.SMTP_HOST,
    port: env.SMTP_PORT,
    secure: env.SMTP_SECURE,
    ignoreTLS: env.SMTP_HOST === '127.0.0.1' && !env.SMTP_SECURE,
    connectionTimeout: 3000,
    greetingTimeout: 3000,
    socketTimeout: 3000,
    ...(env.SMTP_USER && env.SMTP_PASSWORD ? { auth: { user: env.SMTP_USER, pass: env.SMTP_PASSWORD } } : {}),
  })
  const stop = () => transport.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await transport.verify()
  } catch (cause) {
    const { code } = z.object({ code: z.string().optional() }).safeParse(cause).data ?? {}
    const failure = code === 'EAUTH' ? 'misconfigured' : 'unavailable'
    throw new ProviderError('smtp', failure, 'Cannot reach the mail server', { cause })
  } finally {
    signal.removeEventListener('abort', stop)
    transport.close()
  }
}
