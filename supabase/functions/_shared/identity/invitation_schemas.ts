import { z } from '@hono/zod-openapi'

const instant = z.iso.datetime({ offset: true }).openapi({ example: '2026-01-31T09:30:00.123456+00:00' })

/** One person to invite. What is wrong with a value is told row by row, so that one bad row stops nobody else's. */
const inviteeSchema = z.strictObject({
  email: z.string().max(1000).openapi({ example: 'grace@example.com' }),
  role: z.string().max(100).optional().openapi({ description: '`member` when left out', example: 'agent' }),
  kind: z.string().max(100).optional().openapi({
    description: '`one_time` (the default) is valid for 7 days, `24_hour` for 24 hours',
    example: 'one_time',
  }),
  custom_role_id: z.string().max(100).optional().openapi({ description: "A role of the organization's own" }),
  binding_kind: z.string().max(100).optional().openapi({ description: 'vendor, marketer, client or investor' }),
  binding_id: z.string().max(100).optional().openapi({ description: 'The row that the person is to be bound to' }),
})

/** Body of `POST /api/v1/organizations/{organization_id}/invitations`. */
export const inviteSchema = z
  .strictObject({ invitations: z.array(inviteeSchema).min(1).max(2000) })
  .openapi('InvitePeople')

/** What became of each row. */
export const inviteAnswerSchema = z
  .object({
    invited_count: z.int(),
    results: z.array(
      z.object({
        row_number: z.int().openapi({ description: 'Place in the list, from 1; a row of column names does not count' }),
        email: z.string().nullable(),
        invitation_id: z.uuid().nullable(),
        code: z.string().nullable().openapi({ description: 'Why nobody was invited', example: 'email_invalid' }),
      }),
    ),
  })
  .openapi('InvitedPeople')

/** An invitation on the REST face. */
export const invitationSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    role: z.string(),
    custom_role_id: z.uuid().nullable(),
    binding_kind: z.string().nullable(),
    binding_id: z.uuid().nullable(),
    kind: z.enum(['one_time', '24_hour']),
    status: z.enum(['pending', 'accepted', 'declined', 'revoked', 'expired']),
    expires_at: instant,
    sent_count: z.int(),
    last_sent_at: instant.nullable(),
    resendable_at: instant,
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Invitation')

/** Body of `POST /api/v1/invitations/accept`. */
export const acceptSchema = z
  .strictObject({ token: z.string().min(1).max(200).openapi({ description: 'From the link in the mail' }) })
  .openapi('AcceptInvitation')

/** What accepting gave. */
export const acceptedSchema = z
  .object({
    invitation_id: z.uuid(),
    organization_id: z.uuid(),
    role: z.string(),
    membership_id: z.uuid().nullable().openapi({ description: 'Null for vendors, marketers, clients and investors' }),
  })
  .openapi('AcceptedInvitation')
