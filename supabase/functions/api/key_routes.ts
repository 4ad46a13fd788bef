import { createRoute, z } from '@hono/zod-openapi'
import {
  accountList,
  accountSchema,
  keyList,
  keySchema,
  madeKeySchema,
  newAccountSchema,
  newKeySchema,
  rotationSchema,
} from '../_shared/api/mod.ts'
import { errorAnswers } from '../_shared/http/mod.ts'
import { callers, headers, jsonAnswer, jsonBody, limited, once, onceInSecret, security, tooMany } from './middleware.ts'

const tags = ['REST API v1: API keys']
const organizationId = z.object({ organization_id: z.uuid() })
const accountId = z.object({ service_account_id: z.uuid() })
const keyId = z.object({ api_key_id: z.uuid() })
const listErrors = {
  400: 'A parameter is not on the list, or the cursor is of another list',
  401: 'No or no valid credentials',
  403: 'The permission is missing',
  404: 'No such organization',
  429: tooMany,
}
const errors = {
  400: 'A field is missing or wrong',
  401: 'No or no valid credentials',
  403: 'Permission "api_keys.manage" or one of the scopes is missing, or the role is not below the own one',
  404: 'Nothing of this id that the caller may see',
  409: 'A limit is reached, the name is taken, or the key does not work any more',
  422: 'A value is not allowed',
  429: tooMany,
}
const verifiedErrors = {
  ...errors,
  403: `${errors[403]}, or no code was verified within the last 10 minutes (\`verification_required\`)`,
}
const secretNote =
  'For people who verified a code within the last 10 minutes; API keys never have. ' +
  'The secret is in this answer alone. A second request with the same `Idempotency-Key` makes no second key and ' +
  'answers 409 `idempotency_answer_not_kept`.'

/** GET /api/v1/organizations/{organization_id}/service-accounts */
export const accountsRoute = createRoute({
  method: 'get',
  path: '/v1/organizations/{organization_id}/service-accounts',
  tags,
  summary: 'The service accounts of an organization',
  security,
  middleware: [callers, limited('service_accounts.list')] as const,
  request: { params: organizationId, query: accountList.querySchema },
  responses: { 200: jsonAnswer('A page', accountList.pageSchema), ...errorAnswers(listErrors) },
})

/** POST /api/v1/organizations/{organization_id}/service-accounts */
export const createAccountRoute = createRoute({
  method: 'post',
  path: '/v1/organizations/{organization_id}/service-accounts',
  tags,
  summary: 'Make a service account',
  security,
  middleware: [callers, limited('service_accounts.create'), once] as const,
  request: { params: organizationId, headers, body: jsonBody(newAccountSchema) },
  responses: { 201: jsonAnswer('The service account', accountSchema), ...errorAnswers(errors) },
})

/** DELETE /api/v1/service-accounts/{service_account_id} */
export const deleteAccountRoute = createRoute({
  method: 'delete',
  path: '/v1/service-accounts/{service_account_id}',
  tags,
  summary: 'Delete a service account with its keys',
  security,
  middleware: [callers, limited('service_accounts.delete'), once] as const,
  request: { params: accountId, headers },
  responses: { 204: { description: 'Gone' }, ...errorAnswers(errors) },
})

/** GET /api/v1/organizations/{organization_id}/api-keys */
export const keysRoute = createRoute({
  method: 'get',
  path: '/v1/organizations/{organization_id}/api-keys',
  tags,
  summary: 'The API keys of an organization',
  security,
  middleware: [callers, limited('api_keys.list')] as const,
  request: { params: organizationId, query: keyList.querySchema },
  responses: { 200: jsonAnswer('A page', keyList.pageSchema), ...errorAnswers(listErrors) },
})

/** POST /api/v1/api-keys */
export const createKeyRoute = createRoute({
  method: 'post',
  path: '/v1/api-keys',
  tags,
  summary: 'Make a key for a service account',
  description: secretNote,
  security,
  middleware: [callers, limited('api_keys.create'), onceInSecret] as const,
  request: { headers, body: jsonBody(newKeySchema) },
  responses: { 201: jsonAnswer('The key', madeKeySchema), ...errorAnswers(verifiedErrors) },
})

/** POST /api/v1/api-keys/{api_key_id}/rotate */
export const rotateKeyRoute = createRoute({
  method: 'post',
  path: '/v1/api-keys/{api_key_id}/rotate',
  tags,
  summary: 'Replace a key',
  description: `The replaced key works for a while more. ${secretNote}`,
  security,
  middleware: [callers, limited('api_keys.rotate'), onceInSecret] as const,
  request: { params: keyId, headers, body: jsonBody(rotationSchema) },
  responses: { 201: jsonAnswer('The new key', madeKeySchema), ...errorAnswers(verifiedErrors) },
})

/** DELETE /api/v1/api-keys/{api_key_id} */
export const revokeKeyRoute = createRoute({
  method: 'delete',
  path: '/v1/api-keys/{api_key_id}',
  tags,
  summary: 'Revoke a key',
  description: 'Nothing is let in with it 5 seconds later. It stays in the list.',
  security,
  middleware: [callers, limited('api_keys.delete'), once] as const,
  request: { params: keyId, headers },
  responses: { 200: jsonAnswer('The key', keySchema), ...errorAnswers(errors) },
})
