import { z } from 'zod'
import type { AuthConfig } from './config.ts'
import { AuthError } from './errors.ts'
import { fetchJson } from './external/fetch_json.ts'
import type { AuthRequest } from './http.ts'

const body = z.looseObject({
  gotrue_meta_security: z.looseObject({ captcha_token: z.string().nullish() }).nullish(),
})
const verdict = z.object({ success: z.boolean(), 'error-codes': z.array(z.string()).nullish() })

const verifiers: Readonly<Record<'hcaptcha' | 'turnstile', string>> = {
  hcaptcha: 'https://hcaptcha.com/siteverify',
  turnstile: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
}

/** Grants of the token endpoint that continue what a captcha has already let in. */
const exemptGrants = ['refresh_token', 'pkce']

/** Asks a captcha's provider whether a person solved it. */
export interface Captcha {
  /** @throws {AuthError} 400 `captcha_failed`; 500 when the provider cannot be asked */
  require(request: AuthRequest): Promise<void>
}

/**
 * @param config `[auth.captcha]` of config.toml
 * @param verifierUrl another address that answers like the provider's
 * @returns null where config.toml enables none
 */
export function createCaptcha(config: AuthConfig['captcha'], verifierUrl: string | undefined): Captcha | null {
  if (!config?.enabled || !config.provider) return null
  const { provider, secret } = config
  return {
    async require(request) {
      if (exemptGrants.includes(request.query.get('grant_type') ?? '')) return
      const token = (await request.json(body)).gotrue_meta_security?.captcha_token?.trim() ?? ''
      if (token === '') throw refused('no captcha_token found in request')
      const answer = await fetchJson({
        url: verifierUrl ?? verifiers[provider],
        method: 'POST',
        body: new URLSearchParams({ secret, response: token, remoteip: request.clientIp }),
        answer: verdict,
        failure: 'captcha verification process failed',
      })
      if (!answer.success) throw refused((answer['error-codes'] ?? []).join(', '))
    },
  }
}

const refused = (reason: string) =>
  new AuthError(400, 'captcha_failed', `captcha protection: request disallowed (${reason})`)
