import { z } from 'zod'
import { backendClient } from '../http/mod.ts'
import { defineJob, type JobHandler } from '../platform/mod.ts'
import { readEnv } from '../runtime/mod.ts'

/** Removes files of one bucket. @throws {Error} when Storage did not */
export type RemoveFiles = (bucket: string, names: readonly string[]) => Promise<void>

const pageSchema = z.array(z.object({ bucket: z.string(), name: z.string() }))
const pageSize = 100

/** Makes the handler that removes the files of a deleted person. Again finds nothing left. */
export function removePersonFilesJobWith(removeFiles: () => RemoveFiles): JobHandler {
  return defineJob('person.remove_files', z.strictObject({ user_id: z.uuid() }), async ({ db, signal }, payload) => {
    const remove = removeFiles()
    let removed = 0
    for (;;) {
      signal.throwIfAborted()
      const { data, error } = await db.rpc('list_personal_files', { ...payload, page_size: pageSize })
      if (error) throw new Error(`Files cannot be listed: ${error.message}`)
      const page = pageSchema.parse(data)
      if (page.length === 0) return { result: { removed } }
      for (const bucket of new Set(page.map((file) => file.bucket))) {
        const names = page.filter((file) => file.bucket === bucket).map((file) => file.name)
        await remove(bucket, names)
        removed += names.length
      }
    }
  })
}

/** Removes the files of a deleted person through Storage, which alone knows where their bytes are. */
export const removePersonFilesJob = removePersonFilesJobWith(() => {
  const { storage } = backendClient(readEnv())
  return async (bucket, names) => {
    const { data, error } = await storage.from(bucket).remove([...names])
    if (error) throw error
    // Otherwise the same page would come again for ever.
    if (data.length === 0) throw new Error('Storage removed no file')
  }
})
