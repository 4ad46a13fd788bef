import { Buffer } from 'node:buffer'
import { z } from 'zod'
import { type FileStorage, supabaseFileStorage } from '../files/mod.ts'
import { AppError } from '../http/mod.ts'
import { defineJob, type JobHandler, type RpcClient } from '../platform/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import { documentRequest, documentSettingSchema } from './document_setting.ts'
import { renderDocument } from './render_document.ts'

const payloadSchema = z.strictObject({ render_id: z.uuid() })
const renderSchema = documentSettingSchema
  .extend({ merge_data: z.unknown(), locale: z.string(), created_at: z.iso.datetime() })
  .nullable()
const placeSchema = z.object({ bucket: z.string(), path: z.string() }).nullable()

/**
 * Makes the handler that makes a document and puts it into Storage. Again it makes the same bytes and writes over what it
 * wrote. What is wrong with the template or the data is said in the document's row: trying again would not help.
 */
export function renderDocumentJobWith(makeStorage: () => FileStorage): JobHandler {
  return defineJob('document.render', payloadSchema, async ({ db, logger, signal }, { render_id }) => {
    const found = renderSchema.parse(await call(db, 'get_document_render', { render_id }))
    if (!found) return { result: { is_ready: false } }
    const storage = makeStorage()
    try {
      const request = await documentRequest({ storage, logger, signal }, found, {
        data: found.merge_data,
        locale: found.locale,
        createdAt: new Date(found.created_at),
      })
      signal.throwIfAborted()
      const { bytes, title, pageCount, missingCharacters } = await renderDocument(request)
      signal.throwIfAborted()
      const checksum = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
      const place = placeSchema.parse(await call(db, 'begin_document_file', { render_id, title, checksum }))
      if (!place) return { result: { is_ready: false } }
      await storage.write(place.bucket, place.path, bytes, { mediaType: 'application/pdf', isOverwrite: true, signal })
      await call(db, 'finish_document', { render_id, title, page_count: pageCount })
      return { result: { is_ready: true, pages: pageCount, bytes: bytes.length, missing: missingCharacters.length } }
    } catch (error) {
      // Ours with a status of the 400s: said of the data or the template.
      if (!(error instanceof AppError) || error.status >= 500) throw error
      await call(db, 'fail_document', { render_id, code: error.code, message: describe(error) })
      return { result: { is_ready: false, error_code: error.code } }
    }
  })
}

/** Makes documents, with Storage of the settings. */
export const renderDocumentJob = renderDocumentJobWith(() => supabaseFileStorage(readEnv()))

function describe({ message, details }: AppError): string {
  const fields = (details ?? []).slice(0, 5).map((problem) => `${problem.path}: ${problem.message}`)
  return [message, ...fields].join('; ')
}

async function call(db: RpcClient, name: string, parameters: Record<string, unknown>): Promise<unknown> {
  const { data, error } = await db.rpc(name, parameters)
  if (error) throw new Error(`${name} failed: ${error.message}`)
  return data
}
