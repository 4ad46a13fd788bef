import { z } from 'zod'
import { callRpc, defineJob, type JobHandler, runInBatches } from '../platform/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import { type FileStorage, supabaseFileStorage } from './storage.ts'

const claimedSchema = z.array(z.object({ bucket_id: z.string(), object_path: z.string() }))
/** As many as Storage removes with one call. */
const batchSize = 100

/**
 * Makes the handler that has Storage remove the objects which no file is in any more. The row of an object goes when
 * Storage no longer knows it, so a worker that dies in between leaves nothing behind: again it removes the same ones.
 */
export function removeObjectsJobWith(makeStorage: () => FileStorage): JobHandler {
  return defineJob('file.remove_objects', z.strictObject({}), (deps, _payload, job) => {
    const storage = makeStorage()
    return runInBatches(deps, job, {
      cursor: z.strictObject({}),
      async work() {
        const claimed = claimedSchema.parse(await callRpc(deps.db, 'claim_object_removals', { batch_size: batchSize }))
        let done = 0
        for (const bucket_id of new Set(claimed.map((object) => object.bucket_id))) {
          const object_paths = claimed
            .filter((object) => object.bucket_id === bucket_id)
            .map((object) => object.object_path)
          await storage.remove(bucket_id, object_paths)
          done += z.number().parse(await callRpc(deps.db, 'finish_object_removals', { bucket_id, object_paths }))
        }
        // Otherwise the same ones would come again for ever.
        if (done < claimed.length) throw new Error(`Storage kept ${claimed.length - done} of ${claimed.length} objects`)
        return { done, next: claimed.length === batchSize ? {} : null }
      },
    })
  })
}

/** Removes objects that no file is in any more. */
export const removeObjectsJob = removeObjectsJobWith(() => supabaseFileStorage(readEnv()))
