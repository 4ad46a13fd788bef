import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AppError,
  type MultipartLimits,
  readField,
  readMultipart,
} from '../../../supabase/functions/_shared/http/mod.ts'

const boundary = '----form-7d2f6a52'
const encoder = new TextEncoder()
const usual: MultipartLimits = { maxBytes: 1_000_000, maxParts: 10 }

/** A request whose body arrives in pieces of these lengths, over and over. */
function arriving(body: Uint8Array<ArrayBuffer>, lengths: readonly number[] = [body.byteLength || 1]) {
  let [place, turn] = [0, 0]
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const length = lengths[turn++ % lengths.length] ?? 1
      if (place < body.byteLength) controller.enqueue(body.slice(place, place + length))
      place += length
      if (place >= body.byteLength) controller.close()
    },
  })
  return { body: stream, headers: new Headers({ 'content-type': `multipart/form-data; boundary=${boundary}` }) }
}

const joined = (...pieces: (string | Uint8Array)[]) =>
  Uint8Array.from(pieces.flatMap((piece) => [...(typeof piece === 'string' ? encoder.encode(piece) : piece)]))
const part = (head: string, content: string | Uint8Array) => joined(`--${boundary}\r\n${head}\r\n\r\n`, content, '\r\n')
const end = `--${boundary}--\r\n`

async function read(request: Parameters<typeof readMultipart>[0], limits = usual) {
  const found: { name: string; filename: string | null; mediaType: string | null; content: Uint8Array }[] = []
  for await (const { content, ...head } of readMultipart(request, limits)) {
    found.push({ ...head, content: new Uint8Array(await new Response(content).arrayBuffer()) })
  }
  return found
}

const refused = async (work: Promise<unknown>) => {
  const error = await work.catch((thrown: unknown) => thrown)
  return error instanceof AppError ? error.code : error
}

describe('a form', () => {
  it('is read as it was sent, however its bytes arrive', async () => {
    const bytes = fc.array(fc.constantFrom(13, 10, 45, 0, 255, 97, ...encoder.encode(boundary)), { maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(bytes, { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }),
        async (contents, lengths) => {
          const wanted = contents.map((content) => Uint8Array.from(content))
          // What looks like the end of the part cannot stand in it.
          fc.pre(wanted.every((content) => !new TextDecoder('latin1').decode(content).includes(`\r\n--${boundary}`)))
          const parts = wanted.map((content) => part('Content-Disposition: form-data; name="f"; filename="x"', content))
          const found = await read(arriving(joined('preamble\r\n', ...parts, end, 'epilogue'), lengths))
          expect(found.map(({ content }) => content)).toEqual(wanted)
        },
      ),
      { numRuns: 200 },
    )
  })

  it.each([
    ['form-data; name="file"; filename="Terms.pdf"', 'file', 'Terms.pdf'],
    ['form-data; name=file; filename=Terms.pdf', 'file', 'Terms.pdf'],
    ['form-data; name="a"; filename="C:\\\\work\\\\Terms.pdf"', 'a', 'Terms.pdf'],
    ['form-data; name="a"; filename="../../etc/passwd"', 'a', 'passwd'],
    ['form-data; name="a"; filename="say %22hi%22.pdf"', 'a', 'say "hi".pdf'],
    ['form-data; name="a"; filename="Übersicht ₦.pdf"', 'a', 'Übersicht ₦.pdf'],
    ['form-data; name="a"; filename="x.pdf"; filename*=UTF-8\'\'%E2%82%A6.pdf', 'a', '₦.pdf'],
    ['form-data; name="category"', 'category', null],
  ])('has names as browsers write them: %s', async (disposition, name, filename) => {
    const [found] = await read(arriving(joined(part(`content-disposition: ${disposition}`, 'x'), end)))
    expect(found).toMatchObject({ name, filename, mediaType: null })
  })

  it('gives parts that are passed over no attention, and fields as text', async () => {
    const body = joined(
      part(
        'Content-Disposition: form-data; name="big"; filename="b"\r\nContent-Type: Text/CSV; charset=utf-8',
        'x'.repeat(5000),
      ),
      part('Content-Disposition: form-data; name="category"', 'document ₦'),
      end,
    )
    const found: string[] = []
    for await (const each of readMultipart(arriving(body, [7]), usual)) {
      found.push(each.filename === null ? await readField(each) : (each.mediaType ?? ''))
    }
    expect(found).toEqual(['text/csv', 'document ₦'])
  })

  it('that is broken or too large is refused', async () => {
    const whole = joined(part('Content-Disposition: form-data; name="f"; filename="x"', 'content'), end)
    for (const length of [0, 5, 30, 90, whole.byteLength - 5]) {
      expect(await refused(read(arriving(whole.slice(0, length)))), String(length)).toBe('multipart_invalid')
    }
    expect(await refused(read(arriving(joined(part('Content-Type: text/csv', 'x'), end))))).toBe('multipart_invalid')
    expect(await refused(read(arriving(joined(part(`x: ${'y'.repeat(20_000)}`, 'x'), end))))).toBe('multipart_invalid')
    expect(await refused(read(arriving(whole), { ...usual, maxBytes: 100 }))).toBe('body_too_large')
    expect(await refused(read(arriving(whole), { ...usual, maxParts: 0 }))).toBe('multipart_invalid')
    const request = arriving(whole)
    request.headers.set('content-type', 'application/json')
    expect(await refused(read(request))).toBe('multipart_required')
    const announced = arriving(whole)
    announced.headers.set('content-length', '2000000')
    expect(await refused(read(announced))).toBe('body_too_large')
    const field = joined(part('Content-Disposition: form-data; name="category"', 'x'.repeat(2000)), end)
    const reading = async () => {
      for await (const each of readMultipart(arriving(field), usual)) await readField(each)
    }
    expect(await refused(reading())).toBe('multipart_invalid')
  })

  it('is never held as a whole', async () => {
    let [sent, most] = [0, 0]
    const size = 20_000_000
    const head = joined(`--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n`)
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull(controller) {
          if (sent === 0) controller.enqueue(head)
          else if (sent < size) controller.enqueue(new Uint8Array(64_000))
          else {
            controller.enqueue(joined(`\r\n${end}`))
            controller.close()
          }
          sent += 64_000
        },
      },
      { highWaterMark: 0 },
    )
    const headers = arriving(new Uint8Array()).headers
    let taken = 0
    for await (const each of readMultipart({ body, headers }, { ...usual, maxBytes: 2 * size })) {
      for await (const piece of each.content) {
        taken += piece.byteLength
        most = Math.max(most, sent - taken)
      }
    }
    expect(taken).toBeGreaterThan(size - 200_000)
    expect(most).toBeLessThan(300_000)
  })
})
