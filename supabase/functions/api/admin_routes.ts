import { createRoute, z } from '@hono/zod-openapi'
import {
  adminMembershipRequestSchema,
  adminMembershipSchema,
  adminOrganizationsQuerySchema,
  adminOrganizationsSchema,
  adminPeopleQuerySchema,
  adminPeopleSchema,
  adminPersonDetailSchema,
  adminPersonSchema,
  apiCaller,
  banSchema,
} from '../_shared/api/mod.ts'
import { errorAnswers, idempotencyKeyHeader, idempotent, rateLimit } from '../_shared/http/mod.ts'
import { rpcIdempotencyKeys } from '../_shared/platform/mod.ts'
import { database, limits } from './database.ts'

/** People alone: no key of an organization runs the platform. */
const people = apiCaller(null)
const limited = (endpoint: string) => rateLimit({ endpoint, limits: () => limits })
const once = idempotent({ keys: () => rpcIdempotencyKeys(database) })
const tags = ['REST API v1: platform admins']
const security = [{ user: [] }]
const description = 'For platform admins with a second factor; audited, reads too.'
const params = z.object({ id: z.uuid() })
const headers = idempotencyKeyHeader
const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } })
const answers = {
  400: 'A parameter or the body is not valid',
  401: 'No or no valid access token',
  403: 'The caller does not run the platform, or has no second factor in this session',
  429: 'A limit is reached; `retry-after` says how long to wait',
} as const
const onePerson = {
  200: { description: 'The person', content: json(adminPersonSchema) },
  ...errorAnswers({
    ...answers,
    404: 'No such person',
    409: 'It is the caller',
    422: 'The end of the ban is not valid',
  }),
}

/** GET /api/v1/admin/people */
export const adminPeopleRoute = createRoute({
  method: 'get',
  path: '/v1/admin/people',
  tags,
  summary: 'List and search people',
  description,
  security,
  middleware: [people, limited('admin.people')] as const,
  request: { query: adminPeopleQuerySchema },
  responses: { 200: { description: 'A page', content: json(adminPeopleSchema) }, ...errorAnswers(answers) },
})

/** GET /api/v1/admin/people/{id} */
export const adminPersonRoute = createRoute({
  method: 'get',
  path: '/v1/admin/people/{id}',
  tags,
  summary: 'One person with memberships',
  description,
  security,
  middleware: [people, limited('admin.people')] as const,
  request: { params },
  responses: {
    200: { description: 'The person', content: json(adminPersonDetailSchema) },
    ...errorAnswers({ ...answers, 404: 'No such person' }),
  },
})

/** POST /api/v1/admin/people/{id}/approve */
export const adminApproveRoute = createRoute({
  method: 'post',
  path: '/v1/admin/people/{id}/approve',
  tags,
  summary: 'Let a new account in',
  description,
  security,
  middleware: [people, limited('admin.people.change'), once] as const,
  request: { params, headers },
  responses: onePerson,
})

/** POST /api/v1/admin/people/{id}/ban */
export const adminBanRoute = createRoute({
  method: 'post',
  path: '/v1/admin/people/{id}/ban',
  tags,
  summary: 'Keep a person out from now on',
  description,
  security,
  middleware: [people, limited('admin.people.change'), once] as const,
  request: { params, headers, body: { required: true, content: json(banSchema) } },
  responses: onePerson,
})

/** POST /api/v1/admin/people/{id}/unban */
export const adminUnbanRoute = createRoute({
  method: 'post',
  path: '/v1/admin/people/{id}/unban',
  tags,
  summary: 'Let a banned person in again',
  description,
  security,
  middleware: [people, limited('admin.people.change'), once] as const,
  request: { params, headers },
  responses: onePerson,
})

/** GET /api/v1/admin/organizations */
export const adminOrganizationsRoute = createRoute({
  method: 'get',
  path: '/v1/admin/organizations',
  tags,
  summary: 'List and search organizations of everybody',
  description,
  security,
  middleware: [people, limited('admin.organizations')] as const,
  request: { query: adminOrganizationsQuerySchema },
  responses: { 200: { description: 'A page', content: json(adminOrganizationsSchema) }, ...errorAnswers(answers) },
})

/** PUT /api/v1/admin/organizations/{id}/members/{user_id} */
export const adminMembershipRoute = createRoute({
  method: 'put',
  path: '/v1/admin/organizations/{id}/members/{user_id}',
  tags,
  summary: 'Give a person a role in an organization, or take them out',
  description,
  security,
  middleware: [people, limited('admin.organizations.change'), once] as const,
  request: {
    params: params.extend({ user_id: z.uuid() }),
    headers,
    body: { required: true, content: json(adminMembershipRequestSchema) },
  },
  responses: {
    200: { description: 'The membership, as it was where it ended', content: json(adminMembershipSchema) },
    ...errorAnswers({
      ...answers,
      404: 'No such person or organization',
      409: 'The last owner, or a personal organization',
      422: 'Members cannot have this role',
    }),
  },
})
