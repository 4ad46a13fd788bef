import { createHash } from 'node:crypto'
import { createTarPacker } from 'modern-tar'
import { z } from 'zod'
import { callRpc, defineJob, type JobDeps, type JobHandler, runInBatches } from '../platform/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import {
  type Backup,
  type BackupEntry,
  type BackupFile,
  backupBucket,
  backupEntrySchema,
  backupFileSchema,
  backupSchema,
  manifestPath,
  nameInPart,
  partPath,
} from './backup_schemas.ts'
import { checksumming } from './checksum.ts'
import { type FileStorage, FileStorageError, supabaseFileStorage } from './storage.ts'
import { streamOf } from './stream_of.ts'

/** A part ends before the file that would pass one of these, so that a step stays short and fits into Storage. */
const mostFiles = 200
const mostBytes = 16 * 1024 * 1024

const cursorSchema = z.strictObject({ after: z.uuid().nullable(), part: z.number().int().min(1) })

/**
 * Makes the handler that writes a backup: one tar archive for each step, then the manifest. Every file is compared with its
 * checksum first, and one that Storage lost or changed is named in the manifest instead of being backed up broken. A step
 * that is done again writes the same part over.
 */
export function backupFilesJobWith(makeStorage: () => FileStorage): JobHandler {
  return defineJob('file.backup', z.strictObject({ backup_id: z.uuid() }), async (deps, { backup_id }, job) => {
    const storage = makeStorage()
    const backup = backupSchema.nullable().parse(await callRpc(deps.db, 'begin_file_backup', { backup_id }))
    if (backup?.state !== 'running') return { result: { state: backup?.state ?? null } }
    const outcome = await runInBatches(deps, job, {
      cursor: cursorSchema,
      async work(cursor) {
        const { after, part } = cursor ?? { after: null, part: 1 }
        const files = await filesOfPart(deps, backup_id, after)
        if (files.length === 0) return { done: 0, next: null }
        const entries = await checkFiles(deps, storage, files)
        await writePart(deps, storage, backup, part, files, entries)
        await callRpc(deps.db, 'add_backup_part', { backup_id, part_number: part, entries })
        const last = files.at(-1)
        return { done: files.length, next: last ? { after: last.file_id, part: part + 1 } : null }
      },
    })
    if (outcome.continueWith) return outcome
    await writeManifest(deps, storage, backup)
    await callRpc(deps.db, 'finish_file_backup', { backup_id, state: 'ready' })
    return outcome
  })
}

/** Writes backups with Storage of the settings. */
export const backupFilesJob = backupFilesJobWith(() => supabaseFileStorage(readEnv()))

async function filesOfPart({ db }: JobDeps, backup_id: string, after: string | null): Promise<BackupFile[]> {
  const page = { backup_id, after, page_size: mostFiles }
  const files = backupFileSchema.array().parse(await callRpc(db, 'list_backup_files', page))
  let bytes = 0
  const end = files.findIndex((file) => {
    bytes += file.size_bytes
    return bytes > mostBytes
  })
  return end === -1 ? files : files.slice(0, Math.max(end, 1))
}

/** Reads each file once to its end: an archive needs to know what it holds before it begins. */
async function checkFiles({ signal }: JobDeps, storage: FileStorage, files: readonly BackupFile[]) {
  const entries: BackupEntry[] = []
  for (const { bucket_id, object_path, ...file } of files) {
    signal.throwIfAborted()
    const found = await checksumOf(storage, bucket_id, object_path, signal)
    const checksum = file.checksum ?? found
    entries.push({ ...file, checksum: checksum ?? noChecksum, is_damaged: found === null || found !== checksum })
  }
  return entries
}

/** Of a file that is gone and never had one: of no content. */
const noChecksum = createHash('sha256').digest('hex')

/** Null for an object that Storage does not have. */
async function checksumOf(storage: FileStorage, bucket: string, path: string, signal: AbortSignal) {
  try {
    const { content, result } = checksumming(await storage.open(bucket, path, { signal }))
    await content.pipeTo(new WritableStream(), { signal })
    return result().checksum
  } catch (error) {
    if (error instanceof FileStorageError && error.isMissing) return null
    throw error
  }
}

async function writePart(
  { signal }: JobDeps,
  storage: FileStorage,
  backup: Backup,
  part: number,
  files: readonly BackupFile[],
  entries: readonly BackupEntry[],
): Promise<void> {
  const { readable, controller } = createTarPacker()
  const packing = (async () => {
    try {
      for (const [index, file] of files.entries()) {
        if (entries[index]?.is_damaged !== false) continue
        const body = controller.add({ name: nameInPart(file), size: file.size_bytes, mtime: new Date(0) })
        await (await storage.open(file.bucket_id, file.object_path, { signal })).pipeTo(body, { signal })
      }
      controller.finalize()
    } catch (error) {
      controller.error(error)
    }
  })()
  const chunks = readable.pipeThrough(ownedChunks())
  const options = { mediaType: 'application/x-tar', isOverwrite: true, signal }
  await Promise.all([storage.write(backupBucket, partPath(backup, part), chunks, options), packing])
}

/** Chunks with buffers of their own, which fetch takes. */
const ownedChunks = () =>
  new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
    transform: (chunk, controller) => controller.enqueue(new Uint8Array(chunk)),
  })

async function writeManifest(deps: JobDeps, storage: FileStorage, backup: Backup): Promise<void> {
  const options = { mediaType: 'application/json', isOverwrite: true, signal: deps.signal }
  await storage.write(backupBucket, manifestPath(backup), streamOf(manifest(deps, backup)), options)
}

/** `{backup_id, organization_id, files: [{part, path, ...}]}`, a part at a time. */
async function* manifest({ db }: JobDeps, backup: Backup): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  const { id, organization_id } = backup
  yield encoder.encode(`{"backup_id":"${id}","organization_id":"${organization_id}","files":[`)
  let separator = '\n'
  for (let part = 1; ; part += 1) {
    const page = await callRpc(db, 'list_backup_entries', { backup_id: id, part_number: part })
    const entries = backupEntrySchema.array().parse(page)
    if (entries.length === 0) break
    for (const { uploaded_by: _uploader, ...entry } of entries) {
      const path = entry.is_damaged ? null : nameInPart(entry)
      yield encoder.encode(`${separator}${JSON.stringify({ part, path, ...entry })}`)
      separator = ',\n'
    }
  }
  yield encoder.encode('\n]}\n')
}
