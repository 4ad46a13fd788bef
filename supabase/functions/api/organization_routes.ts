import { createRoute, z } from '@hono/zod-openapi'
import {
  memberList,
  memberSchema,
  newMemberSchema,
  newOrganizationSchema,
  organizationChangeSchema,
  organizationSchema,
  ownProfileSchema,
  profileChangeSchema,
  roleChangeSchema,
} from '../_shared/api/mod.ts'
import { errorAnswers, ifMatchHeader } from '../_shared/http/mod.ts'
import { callers, headers, jsonAnswer, jsonBody, limited, once, security, tooMany } from './middleware.ts'

const tags = ['REST API v1: people and organizations']
const organizationId = z.object({ organization_id: z.uuid() })
const membershipId = z.object({ organization_id: z.uuid(), membership_id: z.uuid() })
const unauthorized = 'No or no valid credentials'
const conditional = headers.extend(ifMatchHeader.shape)

/** GET /api/v1/users/me */
export const ownProfileRoute = createRoute({
  method: 'get',
  path: '/v1/users/me',
  tags,
  summary: 'The own profile',
  security,
  middleware: [callers, limited('users.read')] as const,
  responses: {
    200: jsonAnswer('The profile; `etag` names its version', ownProfileSchema),
    ...errorAnswers({ 401: unauthorized, 403: 'No person, or a banned one', 429: tooMany }),
  },
})

/** PUT /api/v1/users/me */
export const changeOwnProfileRoute = createRoute({
  method: 'put',
  path: '/v1/users/me',
  tags,
  summary: 'Change the own profile',
  description: 'Fields that are left out stay as they are. With `If-Match` only if nobody changed it meanwhile.',
  security,
  middleware: [callers, limited('users.update'), once] as const,
  request: { headers: conditional, body: jsonBody(profileChangeSchema) },
  responses: {
    200: jsonAnswer('The profile as it is now', ownProfileSchema),
    ...errorAnswers({
      400: 'A field is wrong',
      401: unauthorized,
      403: 'No person, a banned one, or one whom somebody else impersonates',
      412: 'Somebody changed it since',
      422: 'A value is not allowed, such as a time zone that does not exist',
      429: tooMany,
    }),
  },
})

/** POST /api/v1/organizations */
export const createOrganizationRoute = createRoute({
  method: 'post',
  path: '/v1/organizations',
  tags,
  summary: 'Make an organization',
  description: 'The caller becomes its owner. A program cannot.',
  security,
  middleware: [callers, limited('organizations.create'), once] as const,
  request: { headers, body: jsonBody(newOrganizationSchema) },
  responses: {
    201: jsonAnswer('The organization', organizationSchema),
    ...errorAnswers({
      400: 'A field is missing or wrong',
      401: unauthorized,
      403: 'No person',
      409: 'The caller made one of this name already',
      429: tooMany,
    }),
  },
})

/** GET /api/v1/organizations/{organization_id} */
export const organizationRoute = createRoute({
  method: 'get',
  path: '/v1/organizations/{organization_id}',
  tags,
  summary: 'One organization',
  security,
  middleware: [callers, limited('organizations.read')] as const,
  request: { params: organizationId },
  responses: {
    200: jsonAnswer('The organization; `etag` names its version', organizationSchema),
    ...errorAnswers({ 401: unauthorized, 404: 'No such organization', 429: tooMany }),
  },
})

/** PATCH /api/v1/organizations/{organization_id} */
export const changeOrganizationRoute = createRoute({
  method: 'patch',
  path: '/v1/organizations/{organization_id}',
  tags,
  summary: 'Change an organization',
  description: 'Fields that are left out stay as they are. With `If-Match` only if nobody changed it meanwhile.',
  security,
  middleware: [callers, limited('organizations.update'), once] as const,
  request: { params: organizationId, headers: conditional, body: jsonBody(organizationChangeSchema) },
  responses: {
    200: jsonAnswer('The organization as it is now', organizationSchema),
    ...errorAnswers({
      400: 'A field is wrong',
      401: unauthorized,
      403: 'Permission "organization.update" is missing',
      404: 'No such organization',
      409: 'The slug is taken',
      412: 'Somebody changed it since',
      422: 'A value is not allowed, such as a time zone that does not exist',
      429: tooMany,
    }),
  },
})

/** GET /api/v1/organizations/{organization_id}/members */
export const membersRoute = createRoute({
  method: 'get',
  path: '/v1/organizations/{organization_id}/members',
  tags,
  summary: 'Who belongs to an organization',
  security,
  middleware: [callers, limited('members.list')] as const,
  request: { params: organizationId, query: memberList.querySchema },
  responses: {
    200: jsonAnswer('A page', memberList.pageSchema),
    ...errorAnswers({
      400: 'A parameter is not on the list, or the cursor is of another list',
      401: unauthorized,
      403: 'Permission "members.read" is missing',
      404: 'No such organization',
      429: tooMany,
    }),
  },
})

const memberErrors = {
  400: 'A field is missing or wrong',
  401: unauthorized,
  403: 'Permission "members.manage" is missing, or the role is not below the own one',
  404: 'No such organization, person or member',
  409: 'Already a member with another role, no seat left, or the last owner',
  422: 'No such role',
  429: tooMany,
}

/** POST /api/v1/organizations/{organization_id}/members */
export const addMemberRoute = createRoute({
  method: 'post',
  path: '/v1/organizations/{organization_id}/members',
  tags,
  summary: 'Add a registered person',
  security,
  middleware: [callers, limited('members.create'), once] as const,
  request: { params: organizationId, headers, body: jsonBody(newMemberSchema) },
  responses: { 201: jsonAnswer('The membership', memberSchema), ...errorAnswers(memberErrors) },
})

/** PATCH /api/v1/organizations/{organization_id}/members/{membership_id} */
export const changeMemberRoute = createRoute({
  method: 'patch',
  path: '/v1/organizations/{organization_id}/members/{membership_id}',
  tags,
  summary: 'Give a member another role',
  security,
  middleware: [callers, limited('members.update'), once] as const,
  request: { params: membershipId, headers, body: jsonBody(roleChangeSchema) },
  responses: { 200: jsonAnswer('The membership', memberSchema), ...errorAnswers(memberErrors) },
})

/** DELETE /api/v1/organizations/{organization_id}/members/{membership_id} */
export const removeMemberRoute = createRoute({
  method: 'delete',
  path: '/v1/organizations/{organization_id}/members/{membership_id}',
  tags,
  summary: 'Take a member out, or leave',
  security,
  middleware: [callers, limited('members.delete'), once] as const,
  request: { params: membershipId, headers },
  responses: { 204: { description: 'Gone' }, ...errorAnswers(memberErrors) },
})
