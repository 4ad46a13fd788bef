/** A place in a deflate stream from which it can be read without what is before it. */
export interface InflateCheckpoint {
  /** Bits of the compressed stream before it. */
  readonly bit: number
  /** Bytes of content before it. */
  readonly output: number
  /** The content before it that later content may refer to, at most 32 KB. */
  readonly window: Uint8Array
}

/** The stream is not what deflate writes, or it ends early. */
export class InflateError extends Error {
  override readonly name = 'InflateError'
}

const windowSize = 32_768
const outputSize = 262_144
/** A length and its distance are read without looking whether there is input. */
const mostSymbolBytes = 8
/** Content between two checkpoints. */
const checkpointDistance = 524_288

const lengthBase = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]
const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
const distanceBase = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
]
const distanceExtra = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]
const codeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** Symbols by the next bits of the stream: `symbol << 4 | length`, 0 for none. */
interface Codes {
  readonly table: Uint16Array
  readonly mask: number
}

function makeCodes(lengths: Uint8Array): Codes {
  const counts = new Uint16Array(16)
  let longest = 0
  for (const length of lengths) {
    if (length === 0) continue
    counts[length] = (counts[length] ?? 0) + 1
    if (length > longest) longest = length
  }
  const next = new Uint16Array(17)
  let code = 0
  for (let bits = 1; bits <= 15; bits += 1) {
    code = (code + (bits === 1 ? 0 : (counts[bits - 1] ?? 0))) << 1
    next[bits] = code
    if (code + (counts[bits] ?? 0) > 1 << bits) throw new InflateError('A code has too many symbols')
  }
  const size = 1 << longest
  const table = new Uint16Array(size)
  for (let symbol = 0; symbol < lengths.length; symbol += 1) {
    const length = lengths[symbol] ?? 0
    if (length === 0) continue
    const own = next[length] ?? 0
    next[length] = own + 1
    let reversed = 0
    for (let bit = 0; bit < length; bit += 1) reversed |= ((own >> bit) & 1) << (length - 1 - bit)
    const entry = (symbol << 4) | length
    for (let at = reversed; at < size; at += 1 << length) table[at] = entry
  }
  return { table, mask: size - 1 }
}

const fixedCodes = () => ({
  literals: makeCodes(Uint8Array.from({ length: 288 }, (_, at) => (at < 144 ? 8 : at < 256 ? 9 : at < 280 ? 7 : 8))),
  distances: makeCodes(new Uint8Array(30).fill(5)),
})

/**
 * Inflates raw deflate, as zip files have it, in bounded memory, and can go on from a checkpoint later and elsewhere: what
 * the platform's `DecompressionStream` cannot, and why long files can be read in steps.
 *
 * @example
 * const inflater = new Inflater()
 * for await (const bytes of input) { inflater.push(bytes); for (let part; (part = inflater.read(false)); ) use(part) }
 */
export class Inflater {
  #input = new Uint8Array()
  /** Bytes of the stream before `#input`. */
  #base: number
  #at = 0
  #bits = 0
  #bitCount = 0
  readonly #out = new Uint8Array(windowSize + outputSize)
  #end = 0
  #flushed = 0
  /** Content before `#out`. */
  #before: number
  #mode: 'header' | 'stored' | 'codes' | 'done' = 'header'
  #isFinal = false
  #storedLeft = 0
  #codes = { literals: emptyCodes, distances: emptyCodes }
  #skipBits: number
  #checkpoints: InflateCheckpoint[] = []

  /** @param from where to go on; its input begins with the byte that holds its first bit */
  constructor(from?: InflateCheckpoint) {
    const window = from?.window ?? new Uint8Array()
    this.#out.set(window)
    this.#end = window.length
    this.#flushed = window.length
    this.#before = (from?.output ?? 0) - window.length
    this.#base = Math.floor((from?.bit ?? 0) / 8)
    this.#skipBits = (from?.bit ?? 0) % 8
    if (from) this.#checkpoints.push(from)
  }

  /** Whether the stream came to its own end. */
  get isDone(): boolean {
    return this.#mode === 'done'
  }

  /** Adds compressed bytes. */
  push(bytes: Uint8Array): void {
    const left = this.#input.subarray(this.#at)
    const joined = new Uint8Array(left.length + bytes.length)
    joined.set(left)
    joined.set(bytes, left.length)
    this.#base += this.#at
    this.#at = 0
    this.#input = joined
  }

  /** The last checkpoint at or before a place in the content; those before it are forgotten. Null for the beginning. */
  checkpointBefore(output: number): InflateCheckpoint | null {
    const index = this.#checkpoints.findLastIndex((checkpoint) => checkpoint.output <= output)
    if (index > 0) this.#checkpoints = this.#checkpoints.slice(index)
    return index === -1 ? null : (this.#checkpoints[0] ?? null)
  }

  /**
   * Gives the next content.
   *
   * @param isLast whether no more input comes
   * @returns null when more input is needed, or the stream is at its end
   * @throws {InflateError}
   */
  read(isLast: boolean): Uint8Array | null {
    while (this.#mode !== 'done' && this.#end < this.#out.length - 512) {
      const available = this.#input.length - this.#at
      if (!isLast && available < (this.#mode === 'header' ? 400 : mostSymbolBytes)) break
      if (this.#mode === 'header') this.#readHeader()
      else if (this.#mode === 'stored') {
        if (!this.#copyStored() && !isLast) break
      } else this.#readSymbols(isLast)
      if (this.#at > this.#input.length + 4) throw new InflateError('The stream ends early')
      if (isLast && this.#mode === 'stored' && this.#at >= this.#input.length && this.#storedLeft > 0) {
        throw new InflateError('The stream ends early')
      }
    }
    if (this.#end === this.#flushed) return null
    const part = this.#out.slice(this.#flushed, this.#end)
    if (this.#end >= this.#out.length - 512) {
      this.#out.copyWithin(0, this.#end - windowSize, this.#end)
      this.#before += this.#end - windowSize
      this.#end = windowSize
    }
    this.#flushed = this.#end
    return part
  }

  #fill(): void {
    while (this.#bitCount <= 24) {
      this.#bits |= (this.#input[this.#at] ?? 0) << this.#bitCount
      this.#at += 1
      this.#bitCount += 8
    }
  }

  #take(count: number): number {
    if (count === 0) return 0
    if (this.#bitCount < count) this.#fill()
    const value = this.#bits & ((1 << count) - 1)
    this.#bits >>>= count
    this.#bitCount -= count
    return value
  }

  #readHeader(): void {
    if (this.#skipBits > 0) {
      this.#take(this.#skipBits)
      this.#skipBits = 0
    }
    this.#keepCheckpoint()
    if (this.#isFinal) {
      this.#mode = 'done'
      return
    }
    this.#isFinal = this.#take(1) === 1
    const kind = this.#take(2)
    if (kind === 0) this.#beginStored()
    else if (kind === 1) this.#codes = fixedCodes()
    else if (kind === 2) this.#codes = this.#readCodes()
    else throw new InflateError('A block is of no known kind')
    this.#mode = kind === 0 ? 'stored' : 'codes'
  }

  #keepCheckpoint(): void {
    const output = this.#before + this.#end
    const last = this.#checkpoints.at(-1)?.output ?? 0
    if (this.#isFinal || output - last < checkpointDistance) return
    const bit = (this.#base + this.#at) * 8 - this.#bitCount
    const window = this.#out.slice(Math.max(0, this.#end - windowSize), this.#end)
    this.#checkpoints.push({ bit, output, window })
  }

  #beginStored(): void {
    this.#take(this.#bitCount % 8)
    const length = this.#take(16)
    const inverse = this.#take(16)
    if ((length ^ inverse) !== 0xffff) throw new InflateError('A stored block has no valid length')
    // Whole bytes that were read ahead go back.
    this.#at -= this.#bitCount / 8
    this.#bits = 0
    this.#bitCount = 0
    this.#storedLeft = length
  }

  #copyStored(): boolean {
    const count = Math.min(this.#storedLeft, this.#input.length - this.#at, this.#out.length - 512 - this.#end)
    if (count > 0) {
      this.#out.set(this.#input.subarray(this.#at, this.#at + count), this.#end)
      this.#at += count
      this.#end += count
      this.#storedLeft -= count
    }
    if (this.#storedLeft === 0) this.#mode = 'header'
    return count > 0 || this.#storedLeft === 0
  }

  #readCodes() {
    const literalCount = this.#take(5) + 257
    const distanceCount = this.#take(5) + 1
    const codeCount = this.#take(4) + 4
    const codeLengths = new Uint8Array(19)
    for (let at = 0; at < codeCount; at += 1) codeLengths[codeOrder[at] ?? 0] = this.#take(3)
    const codes = makeCodes(codeLengths)
    const lengths = new Uint8Array(literalCount + distanceCount)
    for (let at = 0; at < lengths.length; ) {
      const symbol = this.#symbol(codes)
      if (symbol < 16) {
        lengths[at] = symbol
        at += 1
        continue
      }
      const value = symbol === 16 ? lengths[at - 1] : 0
      const count = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7)
      if (value === undefined || at + count > lengths.length) throw new InflateError('Lengths of codes are not valid')
      lengths.fill(value, at, at + count)
      at += count
    }
    return {
      literals: makeCodes(lengths.subarray(0, literalCount)),
      distances: makeCodes(lengths.subarray(literalCount)),
    }
  }

  #symbol({ table, mask }: Codes): number {
    if (this.#bitCount < 15) this.#fill()
    const entry = table[this.#bits & mask] ?? 0
    const length = entry & 15
    if (length === 0) throw new InflateError('The stream has a code that is none')
    this.#bits >>>= length
    this.#bitCount -= length
    return entry >> 4
  }

  /** The hot loop: works on local copies, which the engine keeps in registers. */
  #readSymbols(isLast: boolean): void {
    const input = this.#input
    const out = this.#out
    const { table: literals, mask: literalMask } = this.#codes.literals
    const { table: distances, mask: distanceMask } = this.#codes.distances
    const lastInput = isLast ? input.length + 4 : input.length - mostSymbolBytes
    const lastOutput = out.length - 512
    let at = this.#at
    let bits = this.#bits
    let bitCount = this.#bitCount
    let end = this.#end
    while (at <= lastInput && end < lastOutput) {
      while (bitCount <= 24) {
        bits |= (input[at] ?? 0) << bitCount
        at += 1
        bitCount += 8
      }
      let entry = literals[bits & literalMask] ?? 0
      let used = entry & 15
      if (used === 0) throw new InflateError('The stream has a code that is none')
      bits >>>= used
      bitCount -= used
      const symbol = entry >> 4
      if (symbol < 256) {
        out[end] = symbol
        end += 1
        continue
      }
      if (symbol === 256) {
        this.#mode = 'header'
        break
      }
      const extra = lengthExtra[symbol - 257]
      if (extra === undefined) throw new InflateError('The stream has a length that is none')
      const length = (lengthBase[symbol - 257] ?? 0) + (bits & ((1 << extra) - 1))
      bits >>>= extra
      bitCount -= extra
      while (bitCount <= 24) {
        bits |= (input[at] ?? 0) << bitCount
        at += 1
        bitCount += 8
      }
      entry = distances[bits & distanceMask] ?? 0
      used = entry & 15
      if (used === 0) throw new InflateError('The stream has a code that is none')
      bits >>>= used
      bitCount -= used
      while (bitCount <= 24) {
        bits |= (input[at] ?? 0) << bitCount
        at += 1
        bitCount += 8
      }
      const distanceBits = distanceExtra[entry >> 4]
      if (distanceBits === undefined) throw new InflateError('The stream has a distance that is none')
      const distance = (distanceBase[entry >> 4] ?? 0) + (bits & ((1 << distanceBits) - 1))
      bits >>>= distanceBits
      bitCount -= distanceBits
      if (distance > end) throw new InflateError('The stream refers to what is before it')
      for (const last = end + length; end < last; end += 1) out[end] = out[end - distance] ?? 0
    }
    this.#at = at
    this.#bits = bits
    this.#bitCount = bitCount
    this.#end = end
  }
}

const emptyCodes: Codes = { table: new Uint16Array(1), mask: 0 }
