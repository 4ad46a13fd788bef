import { z } from 'zod'
import { callRpc, defineJob, type JobHandler } from '../platform/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import { describeVersion, versionSchema } from './scanned_version.ts'
import { type FileStorage, supabaseFileStorage } from './storage.ts'

/** What the topic `file.infected` tells. */
const payloadSchema = z.object({ event: versionSchema })

/**
 * Makes the handler that removes the content of an infected version: name, checksum and finding stay. Again finds nothing
 * left.
 */
export function isolateFileJobWith(makeStorage: () => FileStorage): JobHandler {
  return defineJob('file.isolate', payloadSchema, async ({ db }, { event }) => {
    const version = await describeVersion(db, event)
    if (version?.state !== 'infected') return { result: { is_removed: false } }
    await makeStorage().remove(version.bucket_id, [version.object_path])
    await callRpc(db, 'forget_infected_object', event)
    return { result: { is_removed: true } }
  })
}

/** Removes the content of infected versions through Storage. */
export const isolateFileJob = isolateFileJobWith(() => supabaseFileStorage(readEnv()))
