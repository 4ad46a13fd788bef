import { type FileStorage, FileStorageError } from '../../supabase/functions/_shared/files/mod.ts'

/** Storage in memory. */
export interface FakeStorage extends FileStorage {
  /** Content by `<bucket>/<path>`; tests may put and look. */
  readonly objects: Map<string, { content: Uint8Array<ArrayBuffer>; mediaType: string }>
  /** Answers this to the next call instead of doing it. */
  failNext(error: Error): void
}

/** Makes an empty one, which streams content in pieces of some kilobytes, as the true one does. */
export function fakeStorage(): FakeStorage {
  const objects: FakeStorage['objects'] = new Map()
  const failures: Error[] = []
  const pieceBytes = 16_384

  const begin = (signal?: AbortSignal) => {
    signal?.throwIfAborted()
    const failure = failures.shift()
    if (failure) throw failure
  }
  const find = (bucket: string, path: string) => {
    const found = objects.get(`${bucket}/${path}`)
    if (!found) throw new FileStorageError(`There is no object "${bucket}/${path}"`, { status: 404 })
    return found
  }

  return {
    objects,
    failNext: (error) => failures.push(error),
    async open(bucket, path, { start = 0, end, signal } = {}) {
      begin(signal)
      const content = find(bucket, path).content.slice(start, end === undefined ? undefined : end + 1)
      let place = 0
      return new ReadableStream({
        pull(controller) {
          signal?.throwIfAborted()
          if (place < content.byteLength) controller.enqueue(content.slice(place, place + pieceBytes))
          place += pieceBytes
          if (place >= content.byteLength) controller.close()
        },
      })
    },
    async write(bucket, path, body, { mediaType, isOverwrite = false, signal }) {
      begin(signal)
      if (!isOverwrite && objects.has(`${bucket}/${path}`)) {
        throw new FileStorageError(`There is an object "${bucket}/${path}"`, { status: 409 })
      }
      const content = new Uint8Array(await new Response(body).arrayBuffer())
      signal?.throwIfAborted()
      objects.set(`${bucket}/${path}`, { content, mediaType })
      return { sizeBytes: content.byteLength }
    },
    async remove(bucket, paths) {
      begin()
      for (const path of paths) objects.delete(`${bucket}/${path}`)
    },
    async sign(bucket, path, seconds, { downloadName } = {}) {
      begin()
      find(bucket, path)
      const name = downloadName === undefined ? '' : `&download=${encodeURIComponent(downloadName)}`
      return `http://storage.test/${bucket}/${path}?seconds=${seconds}${name}`
    },
    async stat(bucket, path) {
      begin()
      const found = objects.get(`${bucket}/${path}`)
      return found ? { sizeBytes: found.content.byteLength, mediaType: found.mediaType } : null
    },
  }
}
