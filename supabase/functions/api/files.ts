import {
  fileList,
  listFiles,
  openDownload,
  readFile,
  removeFile,
  type UploadDeps,
  type UploadForm,
  uploadFile,
  uploadFiles,
} from '../_shared/api/mod.ts'
import { supabaseFileStorage } from '../_shared/files/mod.ts'
import { type App, type AppContext, linkNextPage, readMultipart } from '../_shared/http/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { database } from './database.ts'
import {
  deleteFileRoute,
  downloadRoute,
  fileRoute,
  filesRoute,
  uploadMultipleRoute,
  uploadRoute,
} from './file_routes.ts'

const storage = () => supabaseFileStorage(readEnv())
const mebibyte = 1024 * 1024

/** Adds the routes under `/v1/files`. */
export function addFileRoutes(app: App): void {
  app.openapi(uploadRoute, async (c) => {
    const form = readForm(c.req.raw, c.req.valid('query'), { maxBytes: 51 * mebibyte, maxParts: 20 })
    return c.json(await uploadFile(uploadDeps(c.var), c.var.caller, form), 201)
  })

  app.openapi(uploadMultipleRoute, async (c) => {
    // Two more for the fields before the files.
    const form = readForm(c.req.raw, c.req.valid('query'), { maxBytes: 101 * mebibyte, maxParts: 12 })
    const answer = await uploadFiles(uploadDeps(c.var), c.var.caller, form)
    return c.json(answer, answer.results.every((result) => 'file' in result) ? 201 : 207)
  })

  app.openapi(downloadRoute, async (c) => {
    const path = { ...c.req.valid('param'), ...c.req.valid('query') }
    const { status, headers, body } = await openDownload(
      { database, storage: storage() },
      c.var.caller,
      path,
      // Not that of the deadline: what has begun may take longer.
      { method: c.req.method, headers: c.req.raw.headers, signal: c.req.raw.signal },
    )
    return body === null || status === 304 ? c.body(null, status, headers) : c.body(body, status, headers)
  })

  app.openapi(deleteFileRoute, async (c) => {
    await removeFile({ database }, c.var.caller, c.req.valid('query').file_id)
    return c.body(null, 204)
  })

  app.openapi(filesRoute, async (c) => {
    const page = await listFiles({ database }, c.var.caller, fileList.read(c.req.valid('query')))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(fileRoute, async (c) =>
    c.json(await readFile({ database }, c.var.caller, c.req.valid('param').file_id), 200),
  )
}

const uploadDeps = ({ signal, logger }: Pick<AppContext['var'], 'signal' | 'logger'>): UploadDeps => ({
  database,
  storage: storage(),
  signal,
  onProblem: (error) => logger.error('upload_not_abandoned', error),
})

function readForm(
  request: Request,
  target: UploadForm['target'],
  limits: Parameters<typeof readMultipart>[1],
): UploadForm {
  const length = Number(request.headers.get('content-length') ?? Number.NaN)
  return { target, parts: readMultipart(request, limits), bodyBytes: Number.isSafeInteger(length) ? length : null }
}
