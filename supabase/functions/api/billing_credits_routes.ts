import { createRoute } from '@hono/zod-openapi'
import { billingOrganizationSchema } from '../_shared/api/mod.ts'
import {
  creditBalanceSchema,
  creditPacksQuerySchema,
  creditPacksSchema,
  creditPurchaseList,
  creditStatementQuerySchema,
  creditStatementSchema,
  usageQuerySchema,
  usageSchema,
} from '../_shared/billing/mod.ts'
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

/** GET /api/v1/billing/credits */
export const creditBalanceRoute = createRoute({
  method: 'get',
  path: '/v1/billing/credits',
  tags,
  summary: 'What credits there are',
  security,
  middleware: [callers, limited('credits.read')] as const,
  request: { query: billingOrganizationSchema.strict() },
  responses: { 200: jsonAnswer('The balance', creditBalanceSchema), ...errorAnswers(errors) },
})

/** GET /api/v1/billing/credits/statement */
export const creditStatementRoute = createRoute({
  method: 'get',
  path: '/v1/billing/credits/statement',
  tags,
  summary: 'How credits moved in a month',
  security,
  middleware: [callers, limited('credits.statement')] as const,
  request: { query: creditStatementQuerySchema.strict() },
  responses: { 200: jsonAnswer('The statement', creditStatementSchema), ...errorAnswers(errors) },
})

/** GET /api/v1/billing/credits/packs */
export const creditPacksRoute = createRoute({
  method: 'get',
  path: '/v1/billing/credits/packs',
  tags,
  summary: 'The packs of credits that are offered',
  description: 'With a currency only those that are sold in it. For everybody, without credentials.',
  security: [],
  middleware: [limitedByAddress('credits.packs')] as const,
  request: { query: creditPacksQuerySchema },
  responses: {
    200: jsonAnswer('The packs', creditPacksSchema),
    ...errorAnswers({ 400: errors[400], 429: tooMany }),
  },
})

/** GET /api/v1/billing/credits/purchases */
export const creditPurchasesRoute = createRoute({
  method: 'get',
  path: '/v1/billing/credits/purchases',
  tags,
  summary: 'The purchases of credits',
  description: 'One page at a time; the header `link` names the next one.',
  security,
  middleware: [callers, limited('credits.purchases')] as const,
  request: { query: creditPurchaseList.querySchema.extend(billingOrganizationSchema.shape) },
  responses: { 200: jsonAnswer('A page', creditPurchaseList.pageSchema), ...errorAnswers(errors) },
})

/** GET /api/v1/billing/usage */
export const usageRoute = createRoute({
  method: 'get',
  path: '/v1/billing/usage',
  tags,
  summary: 'What was used, and how that stands to the limits of the plan',
  description: 'At most 366 days, in UTC; the present month when no day is named.',
  security,
  middleware: [callers, limited('usage.read')] as const,
  request: { query: usageQuerySchema.strict() },
  responses: {
    200: jsonAnswer('The usage', usageSchema),
    ...errorAnswers({ ...errors, 422: 'The range is not allowed, or the organization must be named' }),
  },
})
