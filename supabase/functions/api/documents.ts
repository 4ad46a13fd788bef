import {
  createDocument,
  documentList,
  documentTemplateList,
  getDocument,
  getDocumentTemplate,
  listDocuments,
  listDocumentTemplates,
  previewDatabase,
  publishDocumentTemplate,
  saveDocumentTemplate,
} from '../_shared/api/mod.ts'
import { supabaseFileStorage } from '../_shared/files/mod.ts'
import { type App, linkNextPage } from '../_shared/http/mod.ts'
import { readEnv, systemClock } from '../_shared/runtime/mod.ts'
import { database } from './database.ts'
import {
  createDocumentRoute,
  documentRoute,
  documentsRoute,
  documentTemplateRoute,
  documentTemplatesRoute,
  previewDocumentRoute,
  publishDocumentTemplateRoute,
  saveDocumentTemplateRoute,
} from './document_routes.ts'

const deps = { database }

/** Adds the routes of documents and their templates. */
export function addDocumentRoutes(app: App): void {
  app.openapi(documentTemplatesRoute, async (c) => {
    const page = await listDocumentTemplates(deps, c.var.caller, documentTemplateList.read(c.req.valid('query')))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(documentTemplateRoute, async (c) =>
    c.json(await getDocumentTemplate(deps, c.var.caller, c.req.valid('param').template_id), 200),
  )

  app.openapi(saveDocumentTemplateRoute, async (c) => {
    const { organization_id } = c.req.valid('param')
    return c.json(await saveDocumentTemplate(deps, c.var.caller, organization_id, c.req.valid('json')), 200)
  })

  app.openapi(publishDocumentTemplateRoute, async (c) =>
    c.json(await publishDocumentTemplate(deps, c.var.caller, c.req.valid('param').version_id), 200),
  )

  app.openapi(previewDocumentRoute, async (c) => {
    const { merge_data, locale, ...version } = c.req.valid('json')
    // Fonts and the PDF engine are loaded by who needs them, not by every start of this function.
    const { previewDocument } = await import('../_shared/documents/mod.ts')
    const { bytes } = await previewDocument(
      {
        ...previewDatabase(deps, c.var.caller, version),
        storage: supabaseFileStorage(readEnv()),
        clock: systemClock,
        logger: c.var.logger,
      },
      { data: merge_data, locale },
    )
    return c.body(bytes, 200, { 'content-type': 'application/pdf', 'cache-control': 'no-store' })
  })

  app.openapi(documentsRoute, async (c) => {
    const { organization_id } = c.req.valid('param')
    const page = await listDocuments(deps, c.var.caller, organization_id, documentList.read(c.req.valid('query')))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(createDocumentRoute, async (c) => {
    const { organization_id } = c.req.valid('param')
    const key = c.req.header('idempotency-key') ?? null
    return c.json(await createDocument(deps, c.var.caller, organization_id, c.req.valid('json'), key), 202)
  })

  app.openapi(documentRoute, async (c) =>
    c.json(await getDocument(deps, c.var.caller, c.req.valid('param').document_id), 200),
  )
}
