import { z } from 'zod'
import type { Auth } from '../auth.ts'
import { inTransaction } from '../database.ts'
import type { User } from '../models/user.ts'
import { userJson } from '../models/user_json.ts'
import type { NotificationKind } from './built_in.ts'

/** Something that happened to an account and that its owner should learn of. */
export interface Notification {
  readonly kind: NotificationKind
  readonly user: User
  /** Address that is told; the user's own unless it has just changed. */
  readonly to?: string | null
  /** What changed, for templates and the hook. */
  readonly details?: {
    readonly old_email?: string
    readonly old_phone?: string
    readonly provider?: string
    readonly factor_type?: string
  }
}

/**
 * Tells a person by mail what happened to their account, where config.toml asks for it.
 *
 * Called after the change is committed, and never fails: the change stands even when nobody can be told.
 */
export async function notify(auth: Auth, { kind, user, to, details = {} }: Notification): Promise<void> {
  const address = to === undefined ? user.email : to
  if (!auth.config.email.notification[kind]?.enabled || !address) return
  try {
    if (auth.hooks.isEnabled('send_email')) {
      const data = {
        token: '',
        token_hash: '',
        redirect_to: '',
        email_action_type: `${kind}_notification`,
        site_url: auth.externalUrl,
        token_new: '',
        token_hash_new: '',
        ...details,
      }
      const payload = { user: { ...userJson(user), email: address }, email_data: data }
      await inTransaction(auth.pool, (db) => auth.hooks.call(db, 'send_email', payload, z.unknown()))
      return
    }
    await auth.mailer.send(kind, address, {
      SiteURL: auth.config.site_url,
      Email: user.email ?? '',
      Phone: user.phone ?? '',
      OldEmail: details.old_email ?? '',
      OldPhone: details.old_phone ?? '',
      Provider: details.provider ?? '',
      FactorType: details.factor_type ?? '',
      Data: user.raw_user_meta_data,
    })
  } catch (cause) {
    auth.logger.warn('a notification could not be sent', {
      kind,
      reason: cause instanceof Error ? cause.name : 'unknown',
    })
  }
}
