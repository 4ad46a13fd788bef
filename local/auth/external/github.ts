import { z } from 'zod'
import { fetchJson } from './fetch_json.ts'
import { type ProviderProfile, present } from './profile.ts'
import type { OAuthProvider, ProviderConfig } from './provider.ts'

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
const tokenAnswer = z.object({ access_token: z.string().min(1), refresh_token: text })
const userAnswer = z.object({ id: z.number().int(), login: text, name: text, avatar_url: text })
const emailsAnswer = z.array(z.object({ email: text, primary: z.boolean(), verified: z.boolean() }))

/** @param url base of a GitHub Enterprise server or the sandbox; empty for github.com */
export function githubProvider(config: ProviderConfig, url: string): OAuthProvider {
  const site = url || 'https://github.com'
  const api = url ? `${url}/api/v3` : 'https://api.github.com'
  const read = <T>(path: string, accessToken: string, answer: z.ZodType<T>) =>
    fetchJson({
      url: `${api}${path}`,
      headers: { authorization: `Bearer ${accessToken}`, 'user-agent': 'supabase-auth' },
      answer,
      failure: 'Error getting user profile from external provider',
    })
  return {
    name: 'github',
    config,
    readIdToken: null,
    async authorizationUrl(visit) {
      const query = new URLSearchParams({
        ...visit.extra,
        client_id: config.client_id,
        redirect_uri: visit.redirectUri,
        response_type: 'code',
        scope: ['user:email', ...visit.scopes].join(' '),
        state: visit.state,
      })
      return `${site}/login/oauth/authorize?${query}`
    },
    async exchange(grant) {
      const token = await fetchJson({
        url: `${site}/login/oauth/access_token`,
        method: 'POST',
        body: new URLSearchParams({
          client_id: config.client_id,
          client_secret: config.secret,
          code: grant.code,
          redirect_uri: grant.redirectUri,
          grant_type: 'authorization_code',
        }),
        answer: tokenAnswer,
        failure: 'Unable to exchange external code',
      })
      const user = await read('/user', token.access_token, userAnswer)
      const emails = await read('/user/emails', token.access_token, emailsAnswer)
      const subject = String(user.id)
      const profile: ProviderProfile = {
        subject,
        emails: emails
          .filter(({ email }) => email !== '')
          .map(({ email, verified, primary }) => ({
            email: email.toLowerCase(),
            isVerified: verified,
            isPrimary: primary,
          })),
        data: present({
          iss: api,
          sub: subject,
          name: user.name,
          preferred_username: user.login,
          full_name: user.name,
          avatar_url: user.avatar_url,
          provider_id: subject,
          user_name: user.login,
        }),
      }
      return { profile, accessToken: token.access_token, refreshToken: token.refresh_token }
    },
  }
}
