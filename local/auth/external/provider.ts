import type { AuthConfig } from '../config.ts'
import { githubProvider } from './github.ts'
import { oidcProvider } from './oidc.ts'
import type { OidcClaims, ProviderProfile } from './profile.ts'

/** The settings of one provider in config.toml. */
export type ProviderConfig = NonNullable<AuthConfig['external'][string]>

/** A visit to a provider. */
export interface ProviderVisit {
  readonly state: string
  /** Where the provider sends the browser back to. */
  readonly redirectUri: string
  /** Scopes beyond those that sign-in needs. */
  readonly scopes: readonly string[]
  /** Query parameters that the client wants the provider to see, such as `prompt`. */
  readonly extra: Readonly<Record<string, string>>
}

/** What a provider's callback brings. */
export interface ProviderGrant {
  readonly code: string
  readonly redirectUri: string
  /** `iss` of the callback (RFC 9207), empty when the provider sends none. */
  readonly issuer: string
  /** Apple's `user` field: the name, sent on the first visit only. */
  readonly appleUser: string
}

/** The account that a grant stands for, and the provider's own tokens. */
export interface ProviderAccount {
  readonly profile: ProviderProfile
  readonly accessToken: string
  readonly refreshToken: string
}

/** A place where people have accounts. */
export interface OAuthProvider {
  readonly name: string
  readonly config: ProviderConfig
  /** @throws {AuthError} when the provider's own description of itself cannot be read */
  authorizationUrl(visit: ProviderVisit): Promise<string>
  /** @throws {AuthError} when the provider refuses, hangs, or says what cannot be trusted */
  exchange(grant: ProviderGrant): Promise<ProviderAccount>
  /** Checks an ID token that a client got by itself; null for providers that issue none. */
  readonly readIdToken: ((token: string, accessToken: string) => Promise<OidcClaims>) | null
}

/** Providers of config.toml that are enabled. */
export type Providers = ReadonlyMap<string, OAuthProvider>

const defaultIssuers: Readonly<Record<string, string>> = {
  apple: 'https://appleid.apple.com',
  google: 'https://accounts.google.com',
  linkedin_oidc: 'https://www.linkedin.com/oauth',
}

/** Makes the providers that config.toml enables; `url` replaces a provider's own address, as for the sandbox. */
export function createProviders(config: AuthConfig, now: () => Date): Providers {
  const providers = new Map<string, OAuthProvider>()
  for (const [name, settings] of Object.entries(config.external)) {
    if (!settings.enabled || settings.client_id === '') continue
    const url = settings.url.replace(/\/+$/, '')
    if (name === 'github') providers.set(name, githubProvider(settings, url))
    else {
      const issuer = url || defaultIssuers[name]
      if (issuer) providers.set(name, oidcProvider(name, settings, { issuer, now }))
    }
  }
  return providers
}
