import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type FileStorage, streamOf } from '../../supabase/functions/_shared/files/mod.ts'

/** Storage in a folder, so that a bench measures what is written and not what it is sent through. */
export function diskStorage(folder: string): FileStorage {
  const at = (bucket: string, path: string) => join(folder, bucket, path)
  return {
    async open(bucket, path) {
      const file = createReadStream(at(bucket, path), { highWaterMark: 65_536 })
      async function* chunks() {
        for await (const chunk of file) yield new Uint8Array(Buffer.from(chunk))
      }
      return streamOf(chunks())
    },
    async write(bucket, path, body) {
      const target = at(bucket, path)
      await mkdir(dirname(target), { recursive: true })
      const chunks = body instanceof Uint8Array ? [body] : body
      await pipeline(Readable.from(chunks), createWriteStream(target))
      return { sizeBytes: (await stat(target)).size }
    },
    async remove(bucket, paths) {
      for (const path of paths) await rm(at(bucket, path), { force: true })
    },
    sign: (bucket, path) => Promise.resolve(`file://${at(bucket, path)}`),
    async stat(bucket, path) {
      return { sizeBytes: (await stat(at(bucket, path))).size, mediaType: 'application/octet-stream' }
    },
  }
}
