import type { CallerDatabase } from '../database/mod.ts'
import { AppError } from '../http/mod.ts'
import type { FileStorage } from './storage.ts'

/** Sides of the squares that thumbnails fit into. Few, so that Storage's cache finds them again. */
export const thumbnailSizes = ['64', '256', '1024'] as const

/** How long a link works, and how much of that clients may keep it. */
const linkSeconds = 3600
/** @see linkSeconds */
export const keptSeconds = 3000

/** What {@link signThumbnail} needs. */
export interface ThumbnailDeps {
  readonly database: CallerDatabase
  readonly storage: FileStorage
  readonly clock: { now(): Date }
}

/**
 * Signs a link to a small version of an image, for whoever may read the file. Where the installation makes no images
 * small, Storage signs the image itself.
 *
 * @throws {AppError} 404 `file_not_found`, 409 `thumbnail_not_possible` for what is no image or not clean
 */
export async function signThumbnail(
  deps: ThumbnailDeps,
  caller: { readonly claims: Parameters<CallerDatabase['asCaller']>[0] },
  fileId: string,
  size: (typeof thumbnailSizes)[number],
): Promise<{ url: string; expires_at: string }> {
  const [found] = await deps.database.asCaller(
    caller.claims,
    (sql) => sql<{ bucket_id: string; object_path: string; media_type: string; state: string }[]>`
      select file_versions.bucket_id, file_versions.object_path, file_versions.media_type, files.state::text as state
      from public.files
      join public.file_versions
        on file_versions.file_id = files.id and file_versions.version_number = files.version_number
      where files.id = ${fileId}`,
  )
  if (!found) throw new AppError(404, 'file_not_found', 'Cannot make thumbnail: there is no such file')
  if (found.state !== 'clean' || !found.media_type.startsWith('image/')) {
    throw new AppError(
      409,
      'thumbnail_not_possible',
      `Cannot make thumbnail: the file is "${found.media_type}", "${found.state}"`,
      {
        hint: 'Only images whose state is clean have thumbnails.',
      },
    )
  }
  const expiresAt = new Date(deps.clock.now().getTime() + linkSeconds * 1000)
  const url = await deps.storage.sign(found.bucket_id, found.object_path, linkSeconds, { fitsInto: Number(size) })
  return { url, expires_at: expiresAt.toISOString() }
}
