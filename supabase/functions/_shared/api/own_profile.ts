import { z } from '@hono/zod-openapi'
import type { CallerDatabase } from '../database/mod.ts'
import { AppError, preconditionFailed } from '../http/mod.ts'
import type { ApiCaller } from './api_caller.ts'
import { profileSchema } from './schemas.ts'

/** The own profile, as `/api/v1/users/me` shows it. */
export const ownProfileSchema = profileSchema
  .extend({
    email: z.string().nullable().openapi({ description: 'From the access token; null for an account without one' }),
    updated_at: profileSchema.shape.created_at,
  })
  .openapi('OwnProfile')

/** What a person may change of it. Fields that are left out stay as they are. */
export const profileChangeSchema = z
  .strictObject({
    display_name: z.string().trim().min(1).max(120).openapi({ example: 'Ada Okafor' }),
    headline: z.string().min(1).max(200).nullable().openapi({ example: 'Founder of Analytical Estates' }),
    avatar_path: z.string().max(500).nullable().openapi({ description: 'Path in the bucket `avatars`' }),
    locale: z
      .string()
      .regex(/^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$/, 'Must be a BCP 47 tag such as "en" or "pt-BR"')
      .openapi({ example: 'en' }),
    time_zone: z.string().max(64).openapi({ example: 'Africa/Lagos' }),
  })
  .partial()
  .openapi('ProfileChange')

type Profile = z.output<typeof ownProfileSchema>

const columns = [
  'id',
  'display_name',
  'headline',
  'avatar_path',
  'locale',
  'time_zone',
  'created_at',
  'updated_at',
] as const

/** The caller's own profile. @throws {AppError} 403 `person_required` for programs and banned people */
export async function readOwnProfile(deps: { database: CallerDatabase }, caller: ApiCaller): Promise<Profile> {
  const person = requirePerson(caller)
  const [row] = await deps.database.asCaller(
    person.claims,
    (sql) => sql`select ${sql(columns)} from public.profiles where id = ${person.id}`,
    { isReadOnly: true },
  )
  if (!row) throw personRequired()
  return ownProfileSchema.parse({ ...row, email: person.email })
}

/**
 * Changes the caller's own profile.
 *
 * @param version that the change is based on; null when any will do
 * @throws {AppError} 403 `person_required`, 412 `precondition_failed`
 */
export async function changeOwnProfile(
  deps: { database: CallerDatabase },
  caller: ApiCaller,
  change: z.output<typeof profileChangeSchema>,
  version: string | null,
): Promise<Profile> {
  const person = requirePerson(caller)
  const row = await deps.database.asCaller(person.claims, async (sql) => {
    const given = Object.keys(change).length > 0 ? sql(change) : sql`id = id`
    const [changed] = await sql`
      update public.profiles set ${given}
      where id = ${person.id} and (${version}::timestamptz is null or updated_at = ${version}::timestamptz)
      returning ${sql(columns)}`
    if (changed) return changed
    const [known] = await sql`select id from public.profiles where id = private.acting_person_id()`
    throw known ? preconditionFailed('profile') : personRequired()
  })
  return ownProfileSchema.parse({ ...row, email: person.email })
}

function requirePerson(caller: ApiCaller) {
  if (caller.kind === 'person') return caller
  throw personRequired()
}

const personRequired = () =>
  new AppError(403, 'person_required', 'Only a signed-in person who is not banned may do this')
