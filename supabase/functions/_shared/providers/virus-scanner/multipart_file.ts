/** A form with one file, made as it is read. */
export interface MultipartFile {
  readonly contentType: string
  readonly body: ReadableStream<Uint8Array>
  /** What reading the content threw; undefined when it did not. */
  unreadable(): unknown
}

/**
 * Writes a form around a file without holding it: `FormData` would need all of it.
 *
 * @param field name of the field @param fileName without quotes and line breaks
 */
export function multipartFile(field: string, fileName: string, content: ReadableStream<Uint8Array>): MultipartFile {
  const boundary = `----${crypto.randomUUID()}`
  const encode = (text: string) => new TextEncoder().encode(text)
  const disposition = `content-disposition: form-data; name="${field}"; filename="${fileName}"`
  const reader = content.getReader()
  let hasBegun = false
  let unreadable: unknown
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!hasBegun) {
          hasBegun = true
          controller.enqueue(
            encode(`--${boundary}\r\n${disposition}\r\ncontent-type: application/octet-stream\r\n\r\n`),
          )
          return
        }
        try {
          const { done, value } = await reader.read()
          if (!done) {
            controller.enqueue(value)
            return
          }
        } catch (cause) {
          unreadable = cause
          throw cause
        }
        controller.enqueue(encode(`\r\n--${boundary}--\r\n`))
        controller.close()
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return { contentType: `multipart/form-data; boundary=${boundary}`, body, unreadable: () => unreadable }
}
