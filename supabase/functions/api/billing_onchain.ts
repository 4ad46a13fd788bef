import {
  createOnchainQuote,
  estimateOnchainGas,
  listOnchainTokens,
  onchainTokenList,
  readOnchainQuote,
  submitOnchainTransaction,
} from '../_shared/billing/onchain_quotes.ts'
import { bindWallet, listWallets, removeWallet, requestWalletNonce, walletList } from '../_shared/billing/wallets.ts'
import { type App, linkNextPage } from '../_shared/http/mod.ts'
import { chainReader } from '../_shared/providers/payments/chains.ts'
import { readEnv, systemClock } from '../_shared/runtime/mod.ts'
import {
  bindWalletRoute,
  createOnchainQuoteRoute,
  onchainGasRoute,
  onchainQuoteRoute,
  onchainTokensRoute,
  onchainTransactionRoute,
  removeWalletRoute,
  walletNonceRoute,
  walletsRoute,
} from './billing_onchain_routes.ts'
import { database } from './database.ts'

const deps = { database }
const walletDeps = (request: Request) => ({
  database,
  clock: systemClock,
  env: readEnv(),
  origin: request.headers.get('origin'),
})

/** Adds the routes of bound wallets and of payments in tokens. */
export function addBillingOnchainRoutes(app: App): void {
  app.openapi(walletNonceRoute, async (c) =>
    c.json(await requestWalletNonce(walletDeps(c.req.raw), c.var.caller, c.req.valid('json')), 201),
  )

  app.openapi(bindWalletRoute, async (c) =>
    c.json(await bindWallet(walletDeps(c.req.raw), c.var.caller, c.req.valid('json')), 201),
  )

  app.openapi(walletsRoute, async (c) => {
    const page = await listWallets(deps, c.var.caller, walletList.read(c.req.valid('query')))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(removeWalletRoute, async (c) => {
    await removeWallet(deps, c.var.caller, c.req.valid('param').wallet_id)
    return c.body(null, 204)
  })

  app.openapi(onchainTokensRoute, async (c) => {
    const page = await listOnchainTokens(deps, c.var.caller, onchainTokenList.read(c.req.valid('query')))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(createOnchainQuoteRoute, async (c) =>
    c.json(await createOnchainQuote(deps, c.var.caller, c.req.valid('json')), 201),
  )

  app.openapi(onchainQuoteRoute, async (c) =>
    c.json(await readOnchainQuote(deps, c.var.caller, c.req.valid('param').quote_id), 200),
  )

  app.openapi(onchainTransactionRoute, async (c) => {
    const { quote_id } = c.req.valid('param')
    const { transaction_hash } = c.req.valid('json')
    return c.json(await submitOnchainTransaction(deps, c.var.caller, quote_id, transaction_hash), 202)
  })

  app.openapi(onchainGasRoute, async (c) => {
    const readerOf = (chainId: number) => chainReader(readEnv(), chainId)
    const estimate = await estimateOnchainGas(
      { database, readerOf, signal: c.var.signal },
      c.var.caller,
      c.req.valid('param').quote_id,
    )
    return c.json(estimate, 200)
  })
}
