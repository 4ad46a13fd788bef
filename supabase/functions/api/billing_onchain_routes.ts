import { createRoute, z } from '@hono/zod-openapi'
import {
  gasEstimateSchema,
  newOnchainQuoteSchema,
  onchainQuoteSchema,
  onchainTokenList,
  onchainTransactionSchema,
} from '../_shared/billing/onchain_quotes.ts'
import {
  newWalletSchema,
  walletList,
  walletNonceBodySchema,
  walletNonceSchema,
  walletSchema,
} from '../_shared/billing/wallets.ts'
import { errorAnswers } from '../_shared/http/mod.ts'
import { callers, headers, jsonAnswer, jsonBody, limited, once, security, tooMany } from './middleware.ts'

const tags = ['REST API v1: payments in tokens']
const walletId = z.object({ wallet_id: z.uuid() })
const quoteId = z.object({ quote_id: z.uuid() })
const errors = {
  400: 'A field is missing or wrong',
  401: 'No or no valid credentials',
  403: 'The permission is missing, or payments in tokens are not open to the organization',
  404: 'Nothing of this id that the caller may see',
  429: tooMany,
}
const changeErrors = {
  ...errors,
  409: 'Another organization has the wallet, or another transaction is looked at',
  422: 'A value is not allowed, or the message proves nothing',
}

/** POST /api/v1/billing/wallets/nonce */
export const walletNonceRoute = createRoute({
  method: 'post',
  path: '/v1/billing/wallets/nonce',
  tags,
  summary: 'Begin to bind a wallet',
  description:
    'Answers a nonce that is good once, for ten minutes, and the message (ERC-4361) for `personal_sign`. Needs ' +
    '`billing.manage`.',
  security,
  middleware: [callers, limited('billing_wallets.nonce'), once] as const,
  request: { headers, body: jsonBody(walletNonceBodySchema) },
  responses: { 201: jsonAnswer('The nonce', walletNonceSchema), ...errorAnswers(changeErrors) },
})

/** POST /api/v1/billing/wallets */
export const bindWalletRoute = createRoute({
  method: 'post',
  path: '/v1/billing/wallets',
  tags,
  summary: 'Bind a wallet by its signature',
  description: 'Only transfers from a bound wallet count as payments. Needs `billing.manage`.',
  security,
  middleware: [callers, limited('billing_wallets.bind'), once] as const,
  request: { headers, body: jsonBody(newWalletSchema) },
  responses: { 201: jsonAnswer('The wallet', walletSchema), ...errorAnswers(changeErrors) },
})

/** GET /api/v1/billing/wallets */
export const walletsRoute = createRoute({
  method: 'get',
  path: '/v1/billing/wallets',
  tags,
  summary: 'The wallets of an organization',
  security,
  middleware: [callers, limited('billing_wallets.list')] as const,
  request: { query: walletList.querySchema },
  responses: { 200: jsonAnswer('A page', walletList.pageSchema), ...errorAnswers(errors) },
})

/** DELETE /api/v1/billing/wallets/{wallet_id} */
export const removeWalletRoute = createRoute({
  method: 'delete',
  path: '/v1/billing/wallets/{wallet_id}',
  tags,
  summary: 'Remove a wallet',
  description: 'What it sends from now on does not count. Needs `billing.manage`.',
  security,
  middleware: [callers, limited('billing_wallets.remove'), once] as const,
  request: { params: walletId, headers },
  responses: { 204: { description: 'Removed' }, ...errorAnswers(errors) },
})

/** GET /api/v1/billing/onchain/tokens */
export const onchainTokensRoute = createRoute({
  method: 'get',
  path: '/v1/billing/onchain/tokens',
  tags,
  summary: 'Tokens that are taken',
  security,
  middleware: [callers, limited('billing_onchain_tokens.list')] as const,
  request: { query: onchainTokenList.querySchema },
  responses: { 200: jsonAnswer('A page', onchainTokenList.pageSchema), ...errorAnswers(errors) },
})

/** POST /api/v1/billing/onchain/quotes */
export const createOnchainQuoteRoute = createRoute({
  method: 'post',
  path: '/v1/billing/onchain/quotes',
  tags,
  summary: 'Ask what a payment is in tokens',
  description:
    'The rate holds until `expires_at`: the transfer must be in a block by then, come from the wallet of the quote and be no ' +
    'smaller than `amount_units`. Needs `billing.manage`.',
  security,
  middleware: [callers, limited('billing_onchain_quotes.create'), once] as const,
  request: { headers, body: jsonBody(newOnchainQuoteSchema) },
  responses: { 201: jsonAnswer('The quote', onchainQuoteSchema), ...errorAnswers(changeErrors) },
})

/** GET /api/v1/billing/onchain/quotes/{quote_id} */
export const onchainQuoteRoute = createRoute({
  method: 'get',
  path: '/v1/billing/onchain/quotes/{quote_id}',
  tags,
  summary: 'A quote',
  security,
  middleware: [callers, limited('billing_onchain_quotes.read')] as const,
  request: { params: quoteId },
  responses: { 200: jsonAnswer('The quote', onchainQuoteSchema), ...errorAnswers(errors) },
})

/** POST /api/v1/billing/onchain/quotes/{quote_id}/transaction */
export const onchainTransactionRoute = createRoute({
  method: 'post',
  path: '/v1/billing/onchain/quotes/{quote_id}/transaction',
  tags,
  summary: 'Name the transaction that pays a quote',
  description: 'It is looked at until it is final; `state` of the quote tells how far it is. Needs `billing.manage`.',
  security,
  middleware: [callers, limited('billing_onchain_quotes.transaction'), once] as const,
  request: { params: quoteId, headers, body: jsonBody(onchainTransactionSchema) },
  responses: { 202: jsonAnswer('The quote', onchainQuoteSchema), ...errorAnswers(changeErrors) },
})

/** GET /api/v1/billing/onchain/quotes/{quote_id}/gas */
export const onchainGasRoute = createRoute({
  method: 'get',
  path: '/v1/billing/onchain/quotes/{quote_id}/gas',
  tags,
  summary: 'What the transfer of a quote costs in gas',
  description: 'By EIP-1559, as the nodes see it now; the payer pays it beside the tokens.',
  security,
  middleware: [callers, limited('billing_onchain_quotes.gas')] as const,
  request: { params: quoteId },
  responses: {
    200: jsonAnswer('The estimate', gasEstimateSchema),
    ...errorAnswers({ ...errors, 503: 'No node of the chain can be reached now' }),
  },
})
