import { z } from '@hono/zod-openapi'

/** A moment in answers. */
export const instant = z.iso.datetime({ offset: true }).openapi({ example: '2026-01-31T09:30:00.123456+00:00' })

const personSchema = z.object({
  kind: z.literal('person'),
  id: z.uuid(),
  email: z.string().nullable().openapi({ description: 'From the access token; null for an account without one' }),
  display_name: z.string(),
  headline: z.string().nullable(),
  avatar_path: z.string().nullable().openapi({ description: 'Path in the bucket `avatars`' }),
  locale: z.string().openapi({ description: 'BCP 47 tag', example: 'en' }),
  time_zone: z.string().openapi({ description: 'IANA name', example: 'Africa/Lagos' }),
  created_at: instant,
})

const serviceAccountSchema = z.object({
  kind: z.literal('service_account'),
  id: z.uuid(),
  organization_id: z.uuid(),
  scopes: z.array(z.string()).openapi({ description: 'What the API key may do' }),
})

/** Who asks, as `GET /api/v1/me` tells it. */
export const meSchema = z.discriminatedUnion('kind', [personSchema, serviceAccountSchema]).openapi('Me')

/** The columns of a profile that {@link meSchema} shows. */
export const profileSchema = personSchema.omit({ kind: true, email: true })

/** An organization on the REST face. */
export const organizationSchema = z
  .object({
    id: z.uuid(),
    kind: z.enum(['personal', 'company', 'startup', 'fund']),
    name: z.string(),
    slug: z.string(),
    status: z.enum(['active', 'suspended', 'deleted']),
    logo_path: z.string().nullable().openapi({ description: 'Path in the bucket `avatars`; null for none' }),
    primary_color: z.string().nullable().openapi({ description: 'Null for ours', example: '#0b3d2e' }),
    secondary_color: z.string().nullable().openapi({ description: 'Null for ours', example: '#e0a458' }),
    mail_footer: z.string().nullable().openapi({ description: 'Lines under mails sent in its name; null for none' }),
    country: z.string().nullable().openapi({ description: 'ISO 3166-1 alpha-2', example: 'NG' }),
    currency: z.string().openapi({ description: 'ISO 4217', example: 'USD' }),
    time_zone: z.string(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Organization')
