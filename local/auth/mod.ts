import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../logger.ts'
import type { RequestContext, Service } from '../service.ts'
import type { Tokens } from '../tokens.ts'
import type { Auth } from './auth.ts'
import { createCaptcha } from './captcha.ts'
import type { AuthConfig } from './config.ts'
import { isUnavailable, openPool } from './database.ts'
import { createDecoys } from './decoys.ts'
import { AuthError, databaseRefusal, errorBody, OAuthError } from './errors.ts'
import { createProviders } from './external/provider.ts'
import { createHooks, type HookName } from './hooks/mod.ts'
import { type Reply, readRequest, sendReply, speaksVersion20240101, splitPath } from './http.ts'
import { createMailer } from './mail/mailer.ts'
import { createRateLimits } from './rate_limits.ts'
import { createRedirects } from './redirects.ts'
import { matchRoute } from './router.ts'
import { twilioSender } from './sms/twilio.ts'

export { type AuthConfig, authSection } from './config.ts'

/** Options of {@link createAuthService}. */
export interface AuthOptions {
  /** Connection URL with the login role supabase_auth_admin. */
  readonly databaseUrl: string
  readonly config: AuthConfig
  readonly tokens: Tokens
  /** Address of the gateway as clients reach it, for links in mail and the issuer of tokens. */
  readonly publicUrl: string
  /** Page that asks people what an app may do, in place of the one that `site_url` and config.toml name. */
  readonly consentUrl?: string
  /** Where mail goes when neither a hook nor `[auth.email.smtp]` takes it. */
  readonly smtp: { readonly host: string; readonly port: number }
  /** Secrets of hooks in place of those in config.toml. */
  hookSecretFor?(hook: HookName): string | undefined
  /** Folder that `content_path` of mail templates starts from; the working directory by default. */
  readonly projectFolder?: string
  /** Whether `[auth.rate_limit]` is enforced. Off by default: on one machine all clients share an address. */
  readonly limitsRates?: boolean
  /** Where Twilio's API answers; its own address by default, the sandbox's in a stack. */
  readonly twilioUrl?: string
  /** Where captchas are verified; the provider's own address by default. */
  readonly captchaUrl?: string
  readonly logger: Logger
  now?(): Date
}

/** Serves Supabase Auth's protocol. */
export async function createAuthService(options: AuthOptions): Promise<Service> {
  const { config, logger } = options
  const now = () => options.now?.() ?? new Date()
  const externalUrl = config.external_url || `${options.publicUrl}/auth/v1`
  const twilioUrl = (options.twilioUrl || 'https://api.twilio.com').replace(/\/+$/, '')
  const pool = openPool(options.databaseUrl)
  const mailer = createMailer({ config, smtp: options.smtp, projectFolder: options.projectFolder ?? process.cwd() })
  const auth: Auth = {
    pool,
    config,
    tokens: options.tokens,
    externalUrl,
    consentUrl: options.consentUrl ?? consentUrl(config),
    issuer: config.jwt_issuer || externalUrl,
    hooks: createHooks(config, (name) => options.hookSecretFor?.(name)),
    mailer,
    limits: createRateLimits({ config, now, isEnabled: options.limitsRates ?? false }),
    captcha: createCaptcha(config.captcha, options.captchaUrl),
    decoys: createDecoys(now),
    providers: createProviders(config, now),
    smsSender: config.sms.twilio?.enabled ? twilioSender(config.sms.twilio, twilioUrl) : null,
    redirects: createRedirects(config),
    logger,
    now,
  }
  return {
    async handle(request, response, context) {
      const reply = await answer(auth, request, context).catch((error: unknown) => refuse(auth, request, error))
      send(auth, request, response, reply)
    },
    async close() {
      mailer.close()
      await pool.end({ timeout: 5 })
    },
  }
}

const openPaths = [
  'verify',
  'callback',
  'authorize',
  'health',
  'oauth/(authorize|token|userinfo|clients/register)',
  '\\.well-known/[a-z-]+(\\.json)?',
]
const openPath = new RegExp(`^/(${openPaths.join('|')})($|[/?])`)

/** True for paths that a person reaches from a link, or a program of somebody else that has no API key. */
export const isOpenAuthPath = (path: string): boolean => openPath.test(path)

/** The site's address and the path of config.toml behind it. */
function consentUrl({ site_url: site, oauth_server: { authorization_url_path: path } }: AuthConfig): string {
  return `${site.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`
}

async function answer(auth: Auth, request: IncomingMessage, context: RequestContext): Promise<Reply> {
  const { path } = splitPath(context.path)
  const match = matchRoute(request.method ?? 'GET', path)
  if (match === 404) throw new AuthError(404, 'not_found', '404 page not found')
  if (match === 405) throw new AuthError(405, 'method_not_allowed', 'Method not allowed')
  const authRequest = readRequest(request, context, match.params)
  if (match.limit) auth.limits.require(match.limit, authRequest)
  // The holder of the secret key is a program.
  if (match.hasCaptcha && auth.captcha && context.apiKeyRole !== 'service_role') await auth.captcha.require(authRequest)
  return match.flow(auth, authRequest)
}

function refuse(auth: Auth, request: IncomingMessage, error: unknown): Reply {
  const isVersioned = speaksVersion20240101(String(request.headers['x-supabase-api-version'] ?? ''))
  const headers: Record<string, string> = isVersioned ? { 'x-supabase-api-version': '2024-01-01' } : {}
  const known = toKnownError(auth, error)
  if (known instanceof OAuthError) return { status: 400, body: errorBody(known, isVersioned), headers }
  if (known.status >= 500) auth.logger.error(known.message, { reason: reasonOf(known.cause) })
  const refusal = isVersioned ? null : databaseRefusal(known)
  if (refusal) return { ...refusal, headers }
  return { status: known.status, body: errorBody(known, isVersioned), headers }
}

function toKnownError(auth: Auth, error: unknown): AuthError | OAuthError {
  const cause = error instanceof AuthError && error.status >= 500 ? (error.cause ?? error) : error
  if (isUnavailable(cause)) {
    return new AuthError(503, 'unexpected_failure', 'Database is not available, please try again', { cause })
  }
  if (error instanceof AuthError || error instanceof OAuthError) return error
  auth.logger.error('unexpected failure', { reason: reasonOf(error) })
  const message = 'Unexpected failure, please check server logs for more information'
  return new AuthError(500, 'unexpected_failure', message)
}

/** Message of an error without addresses: mail servers quote those they refuse. */
function reasonOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.message.replace(/[^\s<>"'(]+@[^\s<>"')]+/g, '<address>') : undefined
}

function send(auth: Auth, request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  try {
    sendReply(response, reply)
    // What is left of a body that no flow read, so that the connection can be used again.
    if (!request.readableEnded) request.resume()
  } catch (error) {
    auth.logger.error('answer could not be sent', { reason: reasonOf(error) })
    response.destroy()
  }
}
