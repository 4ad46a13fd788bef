import type { Auth } from '../auth.ts'
import type { Db } from '../database.ts'
import { unexpectedFailure } from '../errors.ts'
import { type ProviderEmail, type ProviderProfile, primaryEmail } from '../external/profile.ts'
import { findHolders, findIdentity } from '../models/identity.ts'
import { findUser, reload, type User } from '../models/user.ts'

/** Whose account a provider's account is. */
export type LinkingDecision =
  | { readonly kind: 'known'; readonly user: User; readonly identityId: string }
  | { readonly kind: 'link'; readonly user: User }
  | { readonly kind: 'create'; readonly email: ProviderEmail | null }

/**
 * Decides by the account's id, then by its verified addresses, whom a provider's account belongs to.
 *
 * An address that the provider has not verified links nothing: it could be anybody's.
 *
 * @throws {AuthError} 500 when the addresses belong to several users
 */
export async function decideLinking(
  auth: Auth,
  db: Db,
  provider: string,
  profile: ProviderProfile,
): Promise<LinkingDecision> {
  const known = await findIdentity(db, { provider, providerId: profile.subject })
  if (known) {
    const user = (await findUser(db, { id: known.user_id }, { lock: true })) ?? (await reload(db, known.user_id))
    return { kind: 'known', user, identityId: known.id }
  }
  const email = primaryEmail(profile)
  const verified = profile.emails.filter((entry) => entry.isVerified || !auth.config.email.enable_confirmations)
  if (verified.length === 0) {
    const isTaken = email !== null && (await findUser(db, { email: email.email })) !== null
    return { kind: 'create', email: isTaken ? null : email }
  }
  const { byIdentity, byAccount } = await findHolders(
    db,
    verified.map((entry) => entry.email),
  )
  const holders = byIdentity.length > 0 ? byIdentity : byAccount
  if (holders.length > 1) {
    throw unexpectedFailure(
      'Multiple accounts with the same email address in the same linking domain detected: default',
    )
  }
  const user = holders[0] ? await findUser(db, { id: holders[0] }, { lock: true }) : null
  return user ? { kind: 'link', user } : { kind: 'create', email }
}
