import { createHash } from 'node:crypto'
import { z } from 'zod'
import { callRpc, defineJob, type JobDeps, type JobHandler } from '../platform/mod.ts'
import { type VirusScanner, virusScanner } from '../providers/virus-scanner/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import { askScanner } from './ask_scanner.ts'
import { encodePicture, mostPictureBytes } from './encode_picture.ts'
import { PictureError } from './picture_error.ts'
import { type FileStorage, supabaseFileStorage } from './storage.ts'

/** Where people put pictures, and where the backend shows them. */
const intake = 'picture-uploads'
const shown = 'avatars'

/** What the handlers need beside the queue's own. */
export interface PictureDeps {
  readonly storage: FileStorage
  /** Null where none is set up: then pictures wait. */
  readonly scanner: VirusScanner | null
}

const payloadSchema = z.strictObject({ folder_id: z.uuid(), object_path: z.string() })

/**
 * Makes the handler that makes an uploaded picture anew, without what it says about its place and camera, and shows it on
 * the profile or organization whose folder it is in. One that cannot be shown is removed, and its people are told why.
 * Again it finds the upload gone, or shows the same picture.
 */
export function publishPictureJobWith(makeDeps: () => PictureDeps): JobHandler {
  return defineJob('picture.publish', payloadSchema, async (deps, { folder_id, object_path }) => {
    const { storage, scanner } = makeDeps()
    const stored = await storage.stat(intake, object_path)
    if (!stored) return { result: { is_shown: false } }
    try {
      if (stored.sizeBytes > mostPictureBytes) throw new PictureError('too_large')
      const opened = await storage.open(intake, object_path, { signal: deps.signal })
      const content = new Uint8Array(await new Response(opened).arrayBuffer())
      const isShown = await showPicture({ ...deps, storage, scanner }, folder_id, content)
      await storage.remove(intake, [object_path])
      return { result: { is_shown: isShown } }
    } catch (error) {
      if (!(error instanceof PictureError)) throw error
      await storage.remove(intake, [object_path])
      await callRpc(deps.db, 'refuse_picture', { folder_id, problem: error.problem })
      return { result: { is_shown: false, problem: error.problem } }
    }
  })
}

/**
 * Shows a picture on a profile or an organization.
 *
 * @param options.isOffer only where there is none yet
 * @returns false when there is nobody to show it on
 * @throws {PictureError} for content that cannot be shown
 */
export async function showPicture(
  { db, signal, storage, scanner }: PictureDeps & Pick<JobDeps, 'db' | 'signal'>,
  folderId: string,
  content: Uint8Array<ArrayBuffer>,
  options: { isOffer?: boolean } = {},
): Promise<boolean> {
  const whole = new Blob([content]).stream()
  const { finding } = await askScanner(scanner, whole, { sizeBytes: content.byteLength, signal })
  if (finding !== null) throw new PictureError('infected')
  const picture = await encodePicture(content)
  // The same picture has the same path, so that a second attempt writes over the first one.
  const checksum = createHash('sha256').update(picture.content).digest('hex')
  const path = `${folderId}/${checksum.slice(0, 32)}.${picture.extension}`
  const { content: pixels, mediaType } = picture
  await storage.write(shown, path, pixels, { mediaType, isOverwrite: true, isImmutable: true, signal })
  const isShown = z
    .boolean()
    .parse(await callRpc(db, 'show_picture', { folder_id: folderId, object_path: path, is_offer: options.isOffer }))
  if (!isShown) await storage.remove(shown, [path])
  return isShown
}

/** Makes the handler that removes a picture whose place was taken. Again finds nothing left. */
export function removePictureJobWith(makeStorage: () => FileStorage): JobHandler {
  return defineJob('picture.remove', z.strictObject({ object_path: z.string() }), async (_deps, { object_path }) => {
    await makeStorage().remove(shown, [object_path])
    return { result: {} }
  })
}

/** Storage and the scanner of the settings. */
export function pictureDeps(): PictureDeps {
  const env = readEnv()
  return { storage: supabaseFileStorage(env), scanner: virusScanner(env) }
}

/** Shows uploaded pictures. */
export const publishPictureJob = publishPictureJobWith(pictureDeps)
/** Removes pictures that are shown no more. */
export const removePictureJob = removePictureJobWith(() => supabaseFileStorage(readEnv()))
