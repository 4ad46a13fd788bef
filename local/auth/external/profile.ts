import { z } from 'zod'
import type { JsonObject } from '../models/user.ts'

/** An address that a provider tells of an account. */
export interface ProviderEmail {
  readonly email: string
  readonly isVerified: boolean
  readonly isPrimary: boolean
}

/** What a provider tells of an account. */
export interface ProviderProfile {
  /** Id of the account at the provider. */
  readonly subject: string
  readonly emails: readonly ProviderEmail[]
  /** The provider's claims in the form that identities and metadata hold; nothing that the provider left out. */
  readonly data: JsonObject
}

/** A truth value, which some providers send as text. */
const truth = z
  .union([z.boolean(), z.string()])
  .nullish()
  .transform((value) => value === true || value === 'true')
const claim = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value ?? '')

/** Claims of an ID token or userinfo that are used; anything but the subject may be missing. */
export const oidcClaims = z.object({
  iss: claim,
  sub: z.string().min(1),
  name: claim,
  given_name: claim,
  family_name: claim,
  picture: claim,
  locale: z
    .union([z.string(), z.object({ language: z.string(), country: z.string() })])
    .nullish()
    .catch(null)
    .transform((value) =>
      typeof value === 'object' ? (value ? `${value.language}_${value.country}` : '') : (value ?? ''),
    ),
  email: claim,
  email_verified: truth,
  hd: claim,
  is_private_email: truth,
  nonce: claim,
  at_hash: claim,
})

/** Claims of an ID token or userinfo. */
export type OidcClaims = z.infer<typeof oidcClaims>

/** The profile that an account's claims make. Apple's addresses are always verified, even where it does not say so. */
export function oidcProfile(provider: string, claims: OidcClaims): ProviderProfile {
  const isVerified = claims.email_verified || (provider === 'apple' && claims.email !== '')
  const name = claims.name || [claims.given_name, claims.family_name].filter((part) => part !== '').join(' ')
  const custom = {
    ...(claims.hd ? { hd: claims.hd } : {}),
    ...(provider === 'apple' && claims.is_private_email ? { is_private_email: true } : {}),
  }
  return {
    subject: claims.sub,
    emails: claims.email === '' ? [] : [{ email: claims.email.toLowerCase(), isVerified, isPrimary: true }],
    data: present({
      iss: claims.iss,
      sub: claims.sub,
      name,
      given_name: claims.given_name,
      family_name: claims.family_name,
      picture: claims.picture,
      locale: claims.locale,
      full_name: name,
      avatar_url: claims.picture,
      provider_id: claims.sub,
      custom_claims: Object.keys(custom).length > 0 ? custom : '',
    }),
  }
}

/** A profile with the address that counts, as identities and metadata hold it. */
export function identityData(profile: ProviderProfile): JsonObject {
  const chosen = primaryEmail(profile)
  return {
    ...profile.data,
    ...(chosen ? { email: chosen.email } : {}),
    email_verified: chosen?.isVerified ?? false,
    phone_verified: false,
  }
}

/** The address that a provider calls the primary one, or the last. */
export function primaryEmail(profile: ProviderProfile): ProviderEmail | null {
  return profile.emails.find(({ isPrimary }) => isPrimary) ?? profile.emails.at(-1) ?? null
}

/** Without what is empty. */
export function present(data: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== ''))
}
