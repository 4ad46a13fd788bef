import {
  cancelExport,
  createExportLink,
  exportRequestList,
  listExports,
  readExport,
  requestExport,
} from '../_shared/exports/mod.ts'
import { supabaseFileStorage } from '../_shared/files/mod.ts'
import { type App, linkNextPage, publicAddress } from '../_shared/http/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { database } from './database.ts'
import { cancelExportRoute, exportLinkRoute, exportRoute, exportsRoute, requestExportRoute } from './export_routes.ts'

const deps = { database }

/** Adds the routes under `/v1/exports`. */
export function addExportRoutes(app: App): void {
  app.openapi(requestExportRoute, async (c) => {
    const made = await requestExport(deps, c.var.caller, c.req.valid('json'))
    c.header('location', `${publicAddress(readEnv(), c.req.url)}/${made.id}`)
    return c.json(made, 202)
  })

  app.openapi(exportsRoute, async (c) => {
    const page = await listExports(deps, c.var.caller, exportRequestList.read(c.req.valid('query')))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(exportRoute, async (c) =>
    c.json(await readExport(deps, c.var.caller, c.req.valid('param').export_id), 200),
  )

  app.openapi(cancelExportRoute, async (c) =>
    c.json(await cancelExport(deps, c.var.caller, c.req.valid('param').export_id), 200),
  )

  app.openapi(exportLinkRoute, async (c) => {
    const storage = supabaseFileStorage(readEnv())
    return c.json(await createExportLink({ ...deps, storage }, c.var.caller, c.req.valid('param').export_id), 201)
  })
}
