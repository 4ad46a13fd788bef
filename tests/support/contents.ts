/** The harmless test virus that every scanner knows. Joined here, so that no scanner trips over this file. */
export const eicar = (): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!$H+H*'].join(''))

/** Content as it comes over a network, piece after piece. */
export function inPieces(content: Uint8Array, pieceBytes = 50_000): ReadableStream<Uint8Array> {
  let offset = 0
  return new ReadableStream({
    pull(controller) {
      if (offset >= content.byteLength) return controller.close()
      controller.enqueue(content.subarray(offset, offset + pieceBytes))
      offset += pieceBytes
    },
  })
}

/** Content that breaks after its first bytes. */
export function unreadable(failure: Error): ReadableStream<Uint8Array> {
  let hasBegun = false
  return new ReadableStream({
    pull(controller) {
      if (hasBegun) return controller.error(failure)
      hasBegun = true
      controller.enqueue(new Uint8Array(500))
    },
  })
}
