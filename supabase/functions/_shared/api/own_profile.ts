import { z } from '@hono/zod-openapi'
import type { CallerDatabase, CallerSql } from '../database/mod.ts'
import { AppError, preconditionFailed } from '../http/mod.ts'
import type { ApiCaller } from './api_caller.ts'
import { profileSchema } from './schemas.ts'

const visibility = z.enum(['private', 'network', 'public']).openapi({
  description: 'Who beside people in the same organizations sees it: nobody, who is signed in, everybody',
})
const links = z
  .array(
    z.strictObject({
      label: z.string().trim().min(1).max(60).openapi({ example: 'Home' }),
      url: z
        .string()
        .max(500)
        .regex(/^https:\/\//, 'Must begin with https://')
        .openapi({ example: 'https://example.com' }),
    }),
  )
  .max(10)

/** The own profile, as `/api/v1/users/me` shows it. */
export const ownProfileSchema = profileSchema
  .extend({
    email: z.string().nullable().openapi({ description: 'From the access token; null for an account without one' }),
    company: z.string().nullable(),
    position: z.string().nullable(),
    location: z.string().nullable(),
    links,
    visibility,
    phone: z.string().nullable().openapi({ description: 'E.164; changed and verified through Auth' }),
    phone_verified_at: profileSchema.shape.created_at
      .nullable()
      .openapi({ description: 'When a code sent to the number came back; null while it is not verified' }),
    updated_at: profileSchema.shape.created_at,
  })
  .openapi('OwnProfile')

const line = z.string().trim().min(1).max(200)

/** What a person may change of it. Fields that are left out stay as they are. */
export const profileChangeSchema = z
  .strictObject({
    display_name: z.string().trim().min(1).max(120).openapi({ example: 'Ada Okafor' }),
    headline: line.nullable().openapi({ example: 'Founder of Analytical Estates' }),
    company: line.nullable().openapi({ example: 'Analytical Estates' }),
    position: line.nullable().openapi({ example: 'Founder' }),
    location: line.nullable().openapi({ example: 'Lagos, Nigeria' }),
    avatar_path: z.string().max(500).nullable().openapi({ description: 'Path in the bucket `avatars`' }),
    links: links.openapi({ description: 'Replaces the whole list' }),
    visibility,
    locale: z
      .string()
      .regex(/^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$/, 'Must be a BCP 47 tag such as "en" or "pt-BR"')
      .openapi({ example: 'en' }),
    time_zone: z.string().max(64).openapi({ example: 'Africa/Lagos' }),
  })
  .partial()
  .openapi('ProfileChange')

type Profile = z.output<typeof ownProfileSchema>

const columns = Object.keys(ownProfileSchema.omit({ email: true }).shape)

/** The caller's own profile. @throws {AppError} 403 `person_required` for programs and banned people */
export async function readOwnProfile(deps: { database: CallerDatabase }, caller: ApiCaller): Promise<Profile> {
  const person = requirePerson(caller)
  return deps.database.asCaller(person.claims, (sql) => findProfile(sql, person), { isReadOnly: true })
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
  { links, ...change }: z.output<typeof profileChangeSchema>,
  version: string | null,
): Promise<Profile> {
  const person = requirePerson(caller)
  return deps.database.asCaller(person.claims, async (sql) => {
    const given = Object.keys(change).length > 0 ? sql(change) : sql`display_name = display_name`
    const listed = links === undefined ? sql`` : sql`, links = ${JSON.stringify(links)}::text::jsonb`
    const [changed] = await sql`
      update public.profiles set ${given} ${listed}
      where id = ${person.id} and (${version}::timestamptz is null or updated_at = ${version}::timestamptz)
      returning id`
    if (changed) return findProfile(sql, person)
    const [known] = await sql`select id from public.profiles where id = private.acting_person_id()`
    throw known ? preconditionFailed('profile') : personRequired()
  })
}

/** Both tables that a person is in: what others may see, and what only they see. */
async function findProfile(sql: CallerSql, { id, email }: ReturnType<typeof requirePerson>): Promise<Profile> {
  const [row] = await sql`
    select ${sql(columns)}
    from public.profiles
    left join (select user_id, phone, phone_verified_at from public.profile_details) as details on user_id = id
    where id = ${id}`
  if (!row) throw personRequired()
  return ownProfileSchema.parse({ ...row, email })
}

function requirePerson(caller: ApiCaller) {
  if (caller.kind === 'person') return caller
  throw personRequired()
}

const personRequired = () =>
  new AppError(403, 'person_required', 'Only a signed-in person who is not banned may do this')
