import type { ApiEnv } from '../_shared/api/mod.ts'
import { type App, linkNextPage } from '../_shared/http/mod.ts'
import {
  actOnImport,
  createImport,
  importErrorsCsv,
  importList,
  listImports,
  mapImport,
  readImport,
} from '../_shared/imports/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { database } from './database.ts'
import {
  createImportRoute,
  importActionRoute,
  importErrorsRoute,
  importMappingRoute,
  importRoute,
  importsRoute,
} from './import_routes.ts'

/** Adds the routes of imports. */
export function addImportRoutes(app: App): void {
  const deps = (c: { var: ApiEnv['Variables'] }) => ({ database, caller: c.var.caller })

  app.openapi(createImportRoute, async (c) => c.json(await createImport(deps(c), c.req.valid('json')), 201))

  app.openapi(importsRoute, async (c) => {
    const page = await listImports(deps(c), importList.read(c.req.valid('query')))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(importRoute, async (c) => c.json(await readImport(deps(c), c.req.valid('param').import_id), 200))

  app.openapi(importMappingRoute, async (c) =>
    c.json(await mapImport(deps(c), c.req.valid('param').import_id, c.req.valid('json')), 200),
  )

  app.openapi(importActionRoute, async (c) => {
    const { import_id, action } = c.req.valid('param')
    return c.json(await actOnImport(deps(c), import_id, action), 200)
  })

  app.openapi(importErrorsRoute, async (c) => {
    const { import_id } = c.req.valid('param')
    const body = await importErrorsCsv(deps(c), import_id)
    return c.body(body, 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="import-errors-${import_id}.csv"`,
    })
  })
}
