import { AppError } from './app_error.ts'

/** Bytes in pieces. */
type ByteStream = ReadableStream<Uint8Array<ArrayBuffer>>

/** One part of a `multipart/form-data` body. */
export interface MultipartPart {
  /** Name of the field. */
  readonly name: string
  /** Name of the file without folders; null for a plain field. */
  readonly filename: string | null
  /** As the sender says; null where it says nothing. */
  readonly mediaType: string | null
  /** What it holds, read from the connection as it is asked for. What is left unread is passed over. */
  readonly content: ByteStream
}

/** How much a body may hold. */
export interface MultipartLimits {
  /** Bytes of the whole body. */
  readonly maxBytes: number
  readonly maxParts: number
}

const largestHeadBytes = 16 * 1024
const [carriageReturn, dash] = [13, 45]

/**
 * Reads a form part by part, straight from the connection: nothing is kept but what was not asked for yet. A part must be
 * read before the next one is asked for.
 *
 * @throws {AppError} 400 `multipart_invalid`, 413 `body_too_large`; also from the `content` of a part
 */
export async function* readMultipart(
  request: Pick<Request, 'body' | 'headers'>,
  limits: MultipartLimits,
): AsyncGenerator<MultipartPart> {
  const delimiter = new TextEncoder().encode(`\r\n--${boundaryOf(request.headers.get('content-type') ?? '')}`)
  if (Number(request.headers.get('content-length')) > limits.maxBytes) throw tooLarge()
  // The first delimiter has no line break before it.
  const source = bufferedSource(request.body, new Uint8Array([carriageReturn, 10]), limits.maxBytes)
  try {
    while ((await nextPiece(source, delimiter)) !== null) {
      // What stands before the first part means nothing.
    }
    for (let count = 0; !(await isEnd(source, delimiter)); count += 1) {
      if (count === limits.maxParts) throw invalid(`it has more than ${limits.maxParts} parts`)
      const head = readHead(await headText(source))
      let isRead = false
      const piece = async () => {
        const next = isRead ? null : await nextPiece(source, delimiter)
        isRead ||= next === null
        return next
      }
      const content: ByteStream = new ReadableStream(
        {
          async pull(controller) {
            const next = await piece()
            if (next === null) controller.close()
            else controller.enqueue(next)
          },
        },
        // Nothing is read ahead, or two would read at once.
        { highWaterMark: 0 },
      )
      yield { ...head, content }
      while ((await piece()) !== null) {
        // Passed over.
      }
    }
  } finally {
    await source.finish()
  }
}

/**
 * Reads the text of a plain field.
 *
 * @throws {AppError} 400 `multipart_invalid` when it is longer than `maxBytes`
 */
export async function readField(part: MultipartPart, maxBytes = 1024): Promise<string> {
  const decoder = new TextDecoder()
  let [text, size] = ['', 0]
  for await (const piece of part.content) {
    size += piece.byteLength
    if (size > maxBytes) throw invalid(`field "${part.name}" is longer than ${maxBytes} bytes`)
    text += decoder.decode(piece, { stream: true })
  }
  return text + decoder.decode()
}

interface Source {
  /** What was read and not taken. */
  buffer: Uint8Array<ArrayBuffer>
  /** Reads on; false at the end. */
  fill(): Promise<boolean>
  take(count: number): Uint8Array<ArrayBuffer>
  /** Reads what is left, so that whoever sends is there to read the answer. */
  finish(): Promise<void>
}

function bufferedSource(body: Request['body'], begin: Uint8Array<ArrayBuffer>, maxBytes: number): Source {
  const reader = body?.getReader()
  let total = 0
  const source: Source = {
    buffer: begin,
    async fill() {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) return false
      total += value.byteLength
      if (total > maxBytes) throw tooLarge()
      const joined = new Uint8Array(source.buffer.byteLength + value.byteLength)
      joined.set(source.buffer)
      joined.set(value, source.buffer.byteLength)
      source.buffer = joined
      return true
    },
    take(count) {
      const taken = source.buffer.slice(0, count)
      source.buffer = source.buffer.subarray(count)
      return taken
    },
    async finish() {
      try {
        do source.buffer = source.buffer.subarray(source.buffer.byteLength)
        while (await source.fill())
      } catch {
        await reader?.cancel().catch(() => {})
      }
    },
  }
  return source
}

/** Content up to the next delimiter, piece by piece; null when the delimiter stands at the beginning. */
async function nextPiece(source: Source, delimiter: Uint8Array): Promise<Uint8Array<ArrayBuffer> | null> {
  for (;;) {
    const place = find(source.buffer, delimiter)
    if (place === 0) return null
    if (place > 0) return source.take(place)
    // The end may be the beginning of a delimiter.
    const safe = source.buffer.byteLength - delimiter.byteLength + 1
    if (safe > 0) return source.take(safe)
    if (!(await source.fill())) throw invalid('it ends in the middle of a part')
  }
}

/** Goes past a delimiter. @returns whether it was the last one */
async function isEnd(source: Source, delimiter: Uint8Array): Promise<boolean> {
  source.take(delimiter.byteLength)
  while (source.buffer.byteLength < 2) if (!(await source.fill())) throw invalid('it ends in the middle of a delimiter')
  return source.buffer[0] === dash && source.buffer[1] === dash
}

async function headText(source: Source): Promise<string> {
  const end = new TextEncoder().encode('\r\n\r\n')
  for (;;) {
    const place = find(source.buffer, end)
    if (place > largestHeadBytes || (place < 0 && source.buffer.byteLength > largestHeadBytes)) {
      throw invalid('the head of a part is too large')
    }
    if (place >= 0) {
      const head = new TextDecoder().decode(source.take(place))
      source.take(end.byteLength)
      return head
    }
    if (!(await source.fill())) throw invalid('it ends in the head of a part')
  }
}

function readHead(text: string): Omit<MultipartPart, 'content'> {
  const header = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(text)?.[1]?.trim() ?? null
  const disposition = header('content-disposition') ?? ''
  const name = parameter(disposition, 'name')
  if (!/^form-data\b/i.test(disposition) || name === null) throw invalid('a part has no name')
  const filename = extendedFilename(disposition) ?? parameter(disposition, 'filename')
  return {
    name,
    // Older browsers send the whole path.
    filename: filename === null ? null : (filename.split(/[/\\]/).at(-1) ?? ''),
    mediaType: header('content-type')?.split(';', 1)[0]?.trim().toLowerCase() || null,
  }
}

/** A parameter in quotes, in which browsers write quotes and line breaks as `%22`, `%0D` and `%0A`. */
function parameter(disposition: string, name: string): string | null {
  const match = new RegExp(`[;\\s]${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, 'i').exec(disposition)
  if (!match) return null
  return (match[1]?.replace(/\\(["\\])/g, '$1') ?? match[2] ?? '').replace(/%(22|0D|0A)/gi, decodeURIComponent)
}

function extendedFilename(disposition: string): string | null {
  const encoded = /[;\s]filename\*=utf-8''([^\s;]+)/i.exec(disposition)?.[1]
  try {
    return encoded === undefined ? null : decodeURIComponent(encoded)
  } catch {
    return null
  }
}

function boundaryOf(contentType: string): string {
  const match = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))/i.exec(contentType)
  const boundary = match?.[1] ?? match?.[2]
  if (boundary !== undefined) return boundary
  throw new AppError(415, 'multipart_required', 'Cannot read body: it is no multipart/form-data with a boundary', {
    hint: 'Send a form, as browsers and "curl -F" do',
  })
}

function find(buffer: Uint8Array, wanted: Uint8Array): number {
  const [first = 0] = wanted
  for (let at = buffer.indexOf(first); at >= 0; at = buffer.indexOf(first, at + 1)) {
    if (at + wanted.byteLength > buffer.byteLength) return -1
    if (wanted.every((byte, place) => buffer[at + place] === byte)) return at
  }
  return -1
}

const tooLarge = () => new AppError(413, 'body_too_large', 'Cannot read body: it is too large')
const invalid = (reason: string) => new AppError(400, 'multipart_invalid', `Cannot read form: ${reason}`)
