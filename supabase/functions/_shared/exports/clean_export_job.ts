import { z } from '@hono/zod-openapi'
import { type FileStorage, supabaseFileStorage } from '../files/mod.ts'
import { callRpc, defineJob, type JobHandler } from '../platform/mod.ts'
import { readEnv } from '../runtime/mod.ts'

const payloadSchema = z.strictObject({ organization_id: z.uuid(), export_id: z.uuid() })

/**
 * Makes the handler that removes what an export that ended needs no more: its parts, and its file when that may not be
 * fetched any longer. Again finds nothing left.
 */
export function cleanExportJobWith(makeStorage: () => Pick<FileStorage, 'remove'>): JobHandler {
  return defineJob('export.clean', payloadSchema, async ({ db, signal }, payload) => {
    const storage = makeStorage()
    let removed = 0
    let before = ''
    for (;;) {
      signal.throwIfAborted()
      const names = z.array(z.string()).parse(await callRpc(db, 'list_export_leftovers', payload))
      const [first] = names
      if (first === undefined) return { result: { removed } }
      // Otherwise the same page would come again for ever.
      if (first === before) throw new Error('Storage did not remove the objects')
      await storage.remove('exports', names)
      removed += names.length
      before = first
    }
  })
}

/** Removes what exports leave behind. */
export const cleanExportJob = cleanExportJobWith(() => supabaseFileStorage(readEnv()))
