import type { Logger } from '../logger.ts'
import type { Tokens } from '../tokens.ts'
import type { Captcha } from './captcha.ts'
import type { AuthConfig } from './config.ts'
import type { Pool } from './database.ts'
import type { Decoys } from './decoys.ts'
import type { Providers } from './external/provider.ts'
import type { Hooks } from './hooks/mod.ts'
import type { AuthRequest, Reply } from './http.ts'
import type { Mailer } from './mail/mailer.ts'
import type { RateLimits } from './rate_limits.ts'
import type { Redirects } from './redirects.ts'
import type { SmsSender } from './sms/twilio.ts'

/** Everything that flows work with. */
export interface Auth {
  readonly pool: Pool
  readonly config: AuthConfig
  readonly tokens: Tokens
  /** Address of this service as clients reach it, `<public URL>/auth/v1`. */
  readonly externalUrl: string
  /** Page that asks people whether they allow an app. */
  readonly consentUrl: string
  /** `iss` of tokens. */
  readonly issuer: string
  readonly hooks: Hooks
  readonly mailer: Mailer
  readonly limits: RateLimits
  /** Null where config.toml asks for none. */
  readonly captcha: Captcha | null
  readonly decoys: Decoys
  readonly providers: Providers
  /** Null when config.toml enables no SMS provider. */
  readonly smsSender: SmsSender | null
  readonly redirects: Redirects
  readonly logger: Logger
  now(): Date
}

/** Answers the requests of one route. */
export type Flow = (auth: Auth, request: AuthRequest) => Promise<Reply>
