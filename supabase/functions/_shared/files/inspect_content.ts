import { createHash } from 'node:crypto'

/** What was learned of content that was read once. */
export interface Inspection {
  readonly sizeBytes: number
  /** SHA-256, lower hex. */
  readonly checksum: string
  /** Whether it is text: UTF-8, UTF-16 with its mark, or an older encoding of one byte for each character. */
  readonly isText: boolean
}

/** Bytes that text does not have: control characters, but for tab, line ends, form feed, escape and the old end mark. */
const isControl = new Uint8Array(256)
for (let byte = 0; byte < 32; byte += 1) isControl[byte] = [9, 10, 12, 13, 26, 27].includes(byte) ? 0 : 1
isControl[127] = 1

/** Learns about content while somebody else reads it, and holds none of it. */
export function inspecting(content: ReadableStream<Uint8Array>): {
  readonly content: ReadableStream<Uint8Array>
  /** What is known once the stream was read to its end. */
  result(): Inspection
} {
  const hash = createHash('sha256')
  const text = createTextCheck()
  let sizeBytes = 0
  const inspect = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      hash.update(chunk)
      text.add(chunk)
      sizeBytes += chunk.byteLength
      controller.enqueue(chunk)
    },
  })
  return {
    content: content.pipeThrough(inspect),
    result: () => ({ sizeBytes, checksum: hash.copy().digest('hex'), isText: text.isText() }),
  }
}

function createTextCheck(): { add(chunk: Uint8Array): void; isText(): boolean } {
  let couldBe = true
  let wide: InstanceType<typeof TextDecoder> | null = null
  let hasBegun = false
  return {
    add(chunk) {
      if (!couldBe || chunk.byteLength === 0) return
      if (!hasBegun) {
        hasBegun = true
        const [first, second] = chunk
        if (first === 0xff && second === 0xfe) wide = new TextDecoder('utf-16le', { fatal: true })
        if (first === 0xfe && second === 0xff) wide = new TextDecoder('utf-16be', { fatal: true })
      }
      couldBe = wide ? decodes(wide, chunk) : chunk.every((byte) => isControl[byte] === 0)
    },
    isText: () => couldBe && hasBegun,
  }
}

function decodes(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array): boolean {
  try {
    return !decoder.decode(chunk, { stream: true }).includes('\0')
  } catch {
    return false
  }
}
