import { z } from 'zod'
import { OutgoingError, type SafeResponse, safeFetch } from '../outgoing/mod.ts'
import { defineJob, type JobHandler } from '../platform/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import { mostPictureBytes } from './encode_picture.ts'
import { PictureError } from './picture_error.ts'
import { type PictureDeps, pictureDeps, showPicture } from './publish_picture_job.ts'

const payloadSchema = z.strictObject({ user_id: z.uuid(), picture_url: z.string() })

/** What the handler needs beside the queue's own. */
export interface CopyPictureDeps extends PictureDeps {
  /** @throws {OutgoingError} when the address is not allowed or does not answer */
  fetchPicture(url: string, signal: AbortSignal): Promise<SafeResponse>
}

/** Nobody waits for the picture of a provider that does not answer. */
const mostAttempts = 5

/**
 * Makes the handler that takes the picture at a sign-in provider over, where the person has none. What cannot be had or
 * shown is left: nobody asked for it.
 */
export function copyPictureJobWith(makeDeps: () => CopyPictureDeps): JobHandler {
  return defineJob('picture.copy', payloadSchema, async (deps, { user_id, picture_url }, job) => {
    const own = makeDeps()
    try {
      const { status, body, isCut } = await own.fetchPicture(picture_url, deps.signal)
      const mayPass = status === 429 || status >= 500
      if (mayPass && job.attempt < mostAttempts) throw new Error(`The provider answered ${status}`)
      if (status !== 200) return { result: { is_shown: false, status } }
      if (isCut) throw new PictureError('too_large')
      const content = new Uint8Array(body)
      return { result: { is_shown: await showPicture({ ...deps, ...own }, user_id, content, { isOffer: true }) } }
    } catch (error) {
      if (error instanceof PictureError) return { result: { is_shown: false, problem: error.problem } }
      if (!(error instanceof OutgoingError) || (error.isRetryable && job.attempt < mostAttempts)) throw error
      return { result: { is_shown: false, problem: error.reason } }
    }
  })
}

/** Takes pictures of sign-in providers over. */
export const copyPictureJob = copyPictureJobWith(() => ({
  ...pictureDeps(),
  fetchPicture: (url, signal) =>
    safeFetch(url, {
      allowedHosts: readEnv().OUTGOING_ALLOWED_HOSTS,
      maxRedirects: 3,
      maxResponseBytes: mostPictureBytes,
      signal,
    }),
}))
