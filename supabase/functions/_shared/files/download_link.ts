import { z } from '@hono/zod-openapi'
import type { SupabaseClient } from '@supabase/supabase-js'
import { AppError } from '../http/mod.ts'
import type { Settings } from '../platform/mod.ts'
import type { Clock } from '../runtime/mod.ts'
import { type FileStorage, FileStorageError } from './storage.ts'

/** A link to the content of a file. */
export const downloadLinkSchema = z
  .object({
    url: z.url().openapi({ description: 'Works for whoever has it' }),
    expires_at: z.iso.datetime().openapi({ description: 'When it ends, some minutes from now' }),
  })
  .openapi('DownloadLink')

/** What {@link createDownloadLink} needs. */
export interface DownloadLinkDeps {
  /** A client with the caller's own token: the database says who may, counts and records. */
  readonly asCaller: Pick<SupabaseClient, 'from' | 'rpc'>
  readonly storage: FileStorage
  readonly settings: Settings
  readonly clock: Clock
}

const versionSchema = z.object({ bucket_id: z.string(), object_path: z.string() })
const fileSchema = z.object({ name: z.string() })
const raisedSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().nullish() })

/**
 * Makes a link that downloads a file for a few minutes: counted and in the audit log, as each download.
 *
 * @throws {AppError} what `record_file_download` refuses, 503 `storage_unavailable`
 */
export async function createDownloadLink(
  { asCaller, storage, settings, clock }: DownloadLinkDeps,
  fileId: string,
): Promise<z.output<typeof downloadLinkSchema>> {
  const named = await asCaller.from('files').select('name').eq('id', fileId).maybeSingle()
  if (named.error) throw refused(named.error, named.status)
  const recorded = await asCaller.rpc('record_file_download', { file_id: fileId })
  if (recorded.error) throw refused(recorded.error, recorded.status)
  const { bucket_id, object_path } = versionSchema.parse(recorded.data)
  const { name } = fileSchema.parse(named.data)
  return signDownload({ storage, settings, clock }, { bucket_id, object_path, name })
}

/**
 * Signs a link to content for some minutes (setting `files.link_seconds`), as an attachment under a name.
 *
 * @throws {AppError} 503 `storage_unavailable`
 */
export async function signDownload(
  { storage, settings, clock }: Omit<DownloadLinkDeps, 'asCaller'>,
  { bucket_id, object_path, name }: { bucket_id: string; object_path: string; name: string },
): Promise<z.output<typeof downloadLinkSchema>> {
  const seconds = await settings.read('files.link_seconds', z.number().int())
  const expiresAt = new Date(clock.now().getTime() + seconds * 1000)
  try {
    const url = await storage.sign(bucket_id, object_path, seconds, { downloadName: name })
    return { url, expires_at: expiresAt.toISOString() }
  } catch (cause) {
    if (!(cause instanceof FileStorageError) || cause.isMissing) throw cause
    const headers = { 'retry-after': '5' }
    throw new AppError(503, 'storage_unavailable', 'Cannot make link: Storage cannot be reached', { cause, headers })
  }
}

function refused(error: unknown, status: number): AppError {
  const raised = raisedSchema.safeParse(error).data
  if (raised && status >= 400 && status < 500) {
    return new AppError(status, raised.code, raised.message, raised.hint ? { hint: raised.hint } : {})
  }
  return new AppError(503, 'database_unavailable', 'Cannot make link: the database cannot be reached', { cause: error })
}
