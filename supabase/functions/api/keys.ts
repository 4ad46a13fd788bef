import {
  accountList,
  createAccount,
  createKey,
  deleteAccount,
  keyList,
  listAccounts,
  listKeys,
  revokeKey,
  rotateKey,
} from '../_shared/api/mod.ts'
import { type App, linkNextPage } from '../_shared/http/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { database } from './database.ts'
import {
  accountsRoute,
  createAccountRoute,
  createKeyRoute,
  deleteAccountRoute,
  keysRoute,
  revokeKeyRoute,
  rotateKeyRoute,
} from './key_routes.ts'

const deps = { database }

/** Adds the routes of service accounts and API keys. */
export function addKeyRoutes(app: App): void {
  app.openapi(accountsRoute, async (c) => {
    const { organization_id } = c.req.valid('param')
    const page = await listAccounts(deps, c.var.caller, organization_id, accountList.read(c.req.valid('query')))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(createAccountRoute, async (c) => {
    const { organization_id } = c.req.valid('param')
    return c.json(await createAccount(deps, c.var.caller, organization_id, c.req.valid('json')), 201)
  })

  app.openapi(deleteAccountRoute, async (c) => {
    await deleteAccount(deps, c.var.caller, c.req.valid('param').service_account_id)
    return c.body(null, 204)
  })

  app.openapi(keysRoute, async (c) => {
    const { organization_id } = c.req.valid('param')
    const page = await listKeys(deps, c.var.caller, organization_id, keyList.read(c.req.valid('query')))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(createKeyRoute, async (c) => c.json(await createKey(deps, c.var.caller, c.req.valid('json')), 201))

  app.openapi(rotateKeyRoute, async (c) => {
    const { api_key_id } = c.req.valid('param')
    return c.json(await rotateKey(deps, c.var.caller, api_key_id, c.req.valid('json')), 201)
  })

  app.openapi(revokeKeyRoute, async (c) =>
    c.json(await revokeKey(deps, c.var.caller, c.req.valid('param').api_key_id), 200),
  )
}
