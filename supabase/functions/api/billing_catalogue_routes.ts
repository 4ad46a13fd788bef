import { createRoute } from '@hono/zod-openapi'
import { billingOrganizationSchema } from '../_shared/api/mod.ts'
import {
  entitlementsSchema,
  plansQuerySchema,
  plansSchema,
  subscriptionList,
} from '../_shared/billing/read_catalogue.ts'
import { errorAnswers } from '../_shared/http/mod.ts'
import { callers, jsonAnswer, limited, limitedByAddress, security, tooMany } from './middleware.ts'

const tags = ['REST API v1: billing']
const errors = {
  400: 'A parameter is not on the list, or wrong',
  401: 'No or no valid credentials',
  403: 'The permission is missing',
  404: 'No such organization',
  422: 'The caller has several organizations and named none',
  429: tooMany,
}

/** GET /api/v1/billing/plans */
export const plansRoute = createRoute({
  method: 'get',
  path: '/v1/billing/plans',
  tags,
  summary: 'The price list',
  description:
    'Plans that are offered, with the prices of this moment and what they entitle to. For everybody, without credentials.',
  security: [],
  middleware: [limitedByAddress('billing.plans')] as const,
  request: { query: plansQuerySchema },
  responses: { 200: jsonAnswer('The price list', plansSchema), ...errorAnswers({ 400: errors[400], 429: tooMany }) },
})

/** GET /api/v1/billing/subscriptions */
export const subscriptionsRoute = createRoute({
  method: 'get',
  path: '/v1/billing/subscriptions',
  tags,
  summary: 'The subscriptions of an organization',
  description: 'Those that ended included. One page at a time; the header `link` names the next one.',
  security,
  middleware: [callers, limited('billing.subscriptions')] as const,
  request: { query: subscriptionList.querySchema.extend(billingOrganizationSchema.shape) },
  responses: { 200: jsonAnswer('A page', subscriptionList.pageSchema), ...errorAnswers(errors) },
})

/** GET /api/v1/billing/entitlements */
export const entitlementsRoute = createRoute({
  method: 'get',
  path: '/v1/billing/entitlements',
  tags,
  summary: 'What an organization is entitled to',
  description: 'By its plans and what an operator gave it; where neither says anything, what everybody has.',
  security,
  middleware: [callers, limited('billing.entitlements')] as const,
  request: { query: billingOrganizationSchema.strict() },
  responses: { 200: jsonAnswer('The entitlements', entitlementsSchema), ...errorAnswers(errors) },
})
