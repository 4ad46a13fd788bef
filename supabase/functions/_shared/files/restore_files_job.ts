import { createTarDecoder } from 'modern-tar'
import { z } from 'zod'
import { callRpc, defineJob, type JobDeps, JobError, type JobHandler, runInBatches } from '../platform/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import {
  type Backup,
  type BackupEntry,
  backupBucket,
  backupEntrySchema,
  backupSchema,
  nameInPart,
  partPath,
} from './backup_schemas.ts'
import { checksumming } from './checksum.ts'
import { type FileStorage, FileStorageError, supabaseFileStorage } from './storage.ts'

const restoreSchema = z.object({
  backup: backupSchema.nullable(),
  state: z.enum(['queued', 'running', 'ready', 'failed']),
  part_count: z.number().int(),
})
const entrySchema = backupEntrySchema.extend({ is_present: z.boolean() })
const registeredSchema = z.object({
  id: z.string(),
  organization_id: z.string(),
  category: z.string(),
  bucket_id: z.string(),
})

interface Counts {
  restored: number
  failed: number
}

/**
 * Makes the handler that brings back what an organization no longer has of a backup: one part for each step, files that are
 * there as they were passed over. What comes back is a new file and goes to the scan; it counts when its content matches the
 * checksum of the manifest, and is taken away again otherwise. A step that is done again finds what it brought back.
 */
export function restoreFilesJobWith(makeStorage: () => FileStorage): JobHandler {
  return defineJob('file.restore', z.strictObject({ restore_id: z.uuid() }), async (deps, { restore_id }, job) => {
    const storage = makeStorage()
    const restore = restoreSchema.nullable().parse(await callRpc(deps.db, 'get_file_restore', { restore_id }))
    if (!restore?.backup || restore.state === 'ready' || restore.state === 'failed') {
      return { result: { state: restore?.state ?? null } }
    }
    const { backup, part_count } = restore
    const outcome = await runInBatches(deps, job, {
      cursor: z.strictObject({ part: z.number().int().min(1) }),
      count: () => Promise.resolve(part_count),
      async work(cursor) {
        const part = cursor?.part ?? 1
        if (part > part_count) return { done: 0, next: null }
        await callRpc(deps.db, 'add_restored_part', { restore_id, ...(await restorePart(deps, storage, backup, part)) })
        return { done: 1, next: { part: part + 1 } }
      },
    })
    if (!outcome.continueWith) await callRpc(deps.db, 'finish_file_restore', { restore_id, state: 'ready' })
    return outcome
  })
}

/** Restores files with Storage of the settings. */
export const restoreFilesJob = restoreFilesJobWith(() => supabaseFileStorage(readEnv()))

async function restorePart(deps: JobDeps, storage: FileStorage, backup: Backup, part: number) {
  const page = await callRpc(deps.db, 'list_backup_entries', { backup_id: backup.id, part_number: part })
  const entries = entrySchema.array().parse(page)
  const wanted = new Map(
    entries.filter((entry) => !entry.is_present && !entry.is_damaged).map((entry) => [nameInPart(entry), entry]),
  )
  const counts = { restored: 0, failed: 0 }
  const unchanged = entries.filter((entry) => entry.is_present).length
  if (wanted.size > 0) await unpack(deps, storage, backup, part, wanted, counts)
  // What the archive does not hold, and what was damaged when it was written.
  const damaged = entries.filter((entry) => entry.is_damaged && !entry.is_present).length
  return { part_number: part, unchanged, restored: counts.restored, failed: counts.failed + wanted.size + damaged }
}

/** Takes out of `wanted` what it meets. */
async function unpack(
  deps: JobDeps,
  storage: FileStorage,
  backup: Backup,
  part: number,
  wanted: Map<string, BackupEntry>,
  counts: Counts,
): Promise<void> {
  let archive: ReadableStream<Uint8Array>
  try {
    archive = await storage.open(backupBucket, partPath(backup, part), { signal: deps.signal })
  } catch (error) {
    if (error instanceof FileStorageError && error.isMissing) return
    throw error
  }
  for await (const { header, body } of archive.pipeThrough(createTarDecoder())) {
    const entry = wanted.get(header.name)
    if (!entry) {
      await body.cancel()
      continue
    }
    wanted.delete(header.name)
    if (await restoreFile(deps, storage, backup, entry, body)) counts.restored += 1
    else counts.failed += 1
  }
}

async function restoreFile(
  { db, signal }: JobDeps,
  storage: FileStorage,
  backup: Backup,
  entry: BackupEntry,
  body: ReadableStream<Uint8Array>,
): Promise<boolean> {
  const file = registeredSchema.parse(
    await callRpc(db, 'register_restored_file', { backup_id: backup.id, file_id: entry.file_id }),
  )
  const path = `${file.organization_id}/${file.category}/${file.id}/1`
  const { content, result } = checksumming(body)
  const options = { mediaType: entry.media_type, isOverwrite: true, signal }
  try {
    await storage.write(file.bucket_id, path, content, options)
  } catch (error) {
    if (!(error instanceof FileStorageError && error.isRefused)) throw error
    throw new JobError(`Storage refuses what is restored: ${error.message}`, { isPermanent: true, cause: error })
  }
  if (result().checksum === entry.checksum) return true
  await callRpc(db, 'drop_restored_file', { file_id: file.id })
  return false
}
