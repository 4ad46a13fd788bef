import { streamOf } from '../files/mod.ts'

/** A piece of a file that is put together: bytes, or a stored object. */
export type Segment =
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly path: string; readonly sizeBytes: number }

/** How long a piece is. */
export const segmentSize = (segment: Segment) => ('bytes' in segment ? segment.bytes.byteLength : segment.sizeBytes)

/**
 * The pieces one after the other, each opened when the one before was read: never more than a few chunks in memory.
 *
 * @param open gives a stored object
 */
export function concatenate(
  segments: readonly Segment[],
  open: (path: string) => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  async function* chunks() {
    for (const segment of segments) {
      if ('bytes' in segment) yield segment.bytes
      else yield* await open(segment.path)
    }
  }
  return streamOf(chunks())
}
