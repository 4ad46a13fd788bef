import { createRoute, z } from '@hono/zod-openapi'
import { errorAnswers, idempotencyKeyHeader } from '../_shared/http/mod.ts'
import {
  acceptedSchema,
  acceptSchema,
  invitationList,
  invitationSchema,
  inviteAnswerSchema,
  inviteSchema,
} from '../_shared/identity/mod.ts'
import { callers, limited, once, security } from './middleware.ts'

const tags = ['REST API v1: invitations']
const common = {
  400: 'A parameter or the body is not valid',
  401: 'No or no valid credentials',
  403: 'The caller may not do this, or the API key lacks the scope "members.manage"',
  429: 'A limit is reached; `retry-after` says how long to wait',
}
const ofOrganization = z.object({ organization_id: z.uuid() })
const ofInvitation = z.object({ organization_id: z.uuid(), invitation_id: z.uuid() })
const invited = {
  description: 'What became of each row',
  content: { 'application/json': { schema: inviteAnswerSchema } },
}
const invitation = { description: 'The invitation', content: { 'application/json': { schema: invitationSchema } } }
const inviting = {
  ...common,
  404: 'No such organization',
  409: 'The daily limit is reached',
  422: 'The list is empty, too long or no list',
}

/** POST /api/v1/organizations/{organization_id}/invitations */
export const inviteRoute = createRoute({
  method: 'post',
  path: '/v1/organizations/{organization_id}/invitations',
  tags,
  summary: 'Invite people by mail',
  description: 'Rows that cannot be invited are told by their code; the others are invited.',
  security,
  middleware: [callers, limited('invitations.create'), once] as const,
  request: {
    params: ofOrganization,
    headers: idempotencyKeyHeader,
    body: { required: true, content: { 'application/json': { schema: inviteSchema } } },
  },
  responses: { 200: invited, ...errorAnswers(inviting) },
})

/** POST /api/v1/organizations/{organization_id}/invitations/import */
export const importInvitationsRoute = createRoute({
  method: 'post',
  path: '/v1/organizations/{organization_id}/invitations/import',
  tags,
  summary: 'Invite people from CSV',
  description:
    'The first row names the columns: `email`, and where wanted `role`, `kind`, `custom_role_id`, `binding_kind`, ' +
    '`binding_id`. Commas or semicolons.',
  security,
  middleware: [callers, limited('invitations.create'), once] as const,
  request: {
    params: ofOrganization,
    headers: idempotencyKeyHeader,
    body: { required: true, content: { 'text/csv': { schema: z.string().openapi({ example: 'email,role\n' }) } } },
  },
  responses: { 200: invited, ...errorAnswers({ ...inviting, 415: 'The body is not CSV' }) },
})

/** GET /api/v1/organizations/{organization_id}/invitations */
export const listInvitationsRoute = createRoute({
  method: 'get',
  path: '/v1/organizations/{organization_id}/invitations',
  tags,
  summary: 'Invitations of an organization',
  description: 'One page at a time; the header `link` names the next one.',
  security,
  middleware: [callers, limited('invitations.list')] as const,
  request: { params: ofOrganization, query: invitationList.querySchema },
  responses: {
    200: { description: 'A page', content: { 'application/json': { schema: invitationList.pageSchema } } },
    ...errorAnswers({ ...common, 404: 'No such organization' }),
  },
})

/** DELETE /api/v1/organizations/{organization_id}/invitations/{invitation_id} */
export const revokeInvitationRoute = createRoute({
  method: 'delete',
  path: '/v1/organizations/{organization_id}/invitations/{invitation_id}',
  tags,
  summary: 'Take an invitation back',
  description: 'Its link is dead at once. The same call again changes nothing.',
  security,
  middleware: [callers, limited('invitations.revoke'), once] as const,
  request: { params: ofInvitation, headers: idempotencyKeyHeader },
  responses: {
    200: invitation,
    ...errorAnswers({ ...common, 404: 'No such invitation', 409: 'It was answered or has expired' }),
  },
})

/** POST /api/v1/organizations/{organization_id}/invitations/{invitation_id}/resend */
export const resendInvitationRoute = createRoute({
  method: 'post',
  path: '/v1/organizations/{organization_id}/invitations/{invitation_id}/resend',
  tags,
  summary: 'Send an invitation again',
  description: 'With a new link and its full time; the link before is dead.',
  security,
  middleware: [callers, limited('invitations.resend'), once] as const,
  request: {
    params: ofInvitation,
    headers: idempotencyKeyHeader,
  },
  responses: {
    200: invitation,
    ...errorAnswers({ ...common, 404: 'No such invitation', 409: 'It ended, or was sent often enough' }),
  },
})

/** POST /api/v1/invitations/accept */
export const acceptInvitationRoute = createRoute({
  method: 'post',
  path: '/v1/invitations/accept',
  tags,
  summary: 'Accept an invitation',
  description: 'For the person whose confirmed address was invited. Again: the same answer.',
  security,
  middleware: [callers, limited('invitations.accept'), once] as const,
  request: {
    headers: idempotencyKeyHeader,
    body: { required: true, content: { 'application/json': { schema: acceptSchema } } },
  },
  responses: {
    200: { description: 'What it gave', content: { 'application/json': { schema: acceptedSchema } } },
    ...errorAnswers({
      ...common,
      403: 'The account has another address than the invited one, or is no person',
      404: 'The link is not valid, or not any more',
      409: 'The organization has no further seat',
    }),
  },
})
