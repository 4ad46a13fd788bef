import { createHash } from 'node:crypto'

/** What went through {@link checksumming}. */
export interface Checksummed {
  readonly content: ReadableStream<Uint8Array<ArrayBuffer>>
  /** Once the content was read to its end: SHA-256 in lower hex, and how many bytes it was. */
  result(): { checksum: string; sizeBytes: number }
}

/** Content that is hashed while somebody reads it. */
export function checksumming(content: ReadableStream<Uint8Array>): Checksummed {
  const hash = createHash('sha256')
  let sizeBytes = 0
  const through = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      hash.update(chunk)
      sizeBytes += chunk.byteLength
      controller.enqueue(new Uint8Array(chunk))
    },
  })
  return {
    content: content.pipeThrough(through),
    result: () => ({ checksum: hash.digest('hex'), sizeBytes }),
  }
}
