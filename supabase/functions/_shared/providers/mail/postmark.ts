import { createHash } from 'node:crypto'
import { ServerClient } from 'postmark'
import { z } from 'zod'
import { fetchWithin, ProviderError, type ProviderFailure } from '../mod.ts'
import { formatAddress, withSafeHeaders } from './addresses.ts'
import type { MailAddress, MailSender, SendOptions, SendReceipt } from './port.ts'

/** The account to send with. */
export interface PostmarkOptions {
  readonly serverToken: string
  readonly messageStream: string
  readonly from: MailAddress
  /** Other address of the API, for the sandbox. */
  readonly apiUrl: string
}

const provider = 'postmark'
/** Longest time of one call. */
const timeoutMs = 15_000

/** Sends through Postmark's API. Messages are found again by the key in their metadata. */
export function createPostmarkSender(options: PostmarkOptions): MailSender {
  return {
    provider,
    async send(given, send) {
      const message = withSafeHeaders(given)
      const key = metadataValue(send.idempotencyKey)
      const client = createClient(options, send.signal)
      try {
        const earlier = send.isRepeat ? await findSent(client, key) : null
        if (earlier) return earlier
        const answer = await client.sendEmail({
          From: formatAddress(message.from ?? options.from),
          To: formatAddress(message.to),
          ...(message.replyTo ? { ReplyTo: formatAddress(message.replyTo) } : {}),
          Subject: message.subject,
          TextBody: message.text,
          ...(message.html ? { HtmlBody: message.html } : {}),
          MessageStream: options.messageStream,
          ...(message.tag ? { Tag: message.tag } : {}),
          Metadata: { idempotency_key: key },
          Headers: Object.entries(message.headers ?? {}).map(([Name, Value]) => ({ Name, Value })),
          Attachments: (message.attachments ?? []).map(({ filename, contentType, content }) => ({
            Name: filename,
            ContentType: contentType,
            Content: Buffer.from(content).toString('base64'),
            ContentID: null,
          })),
        })
        return { provider, messageId: sentSchema.parse(answer).MessageID }
      } catch (error) {
        throw toProviderError(error, send.signal)
      }
    },
  }
}

function createClient(options: PostmarkOptions, signal: SendOptions['signal']): ServerClient {
  const url = new URL(options.apiUrl)
  return new ServerClient(options.serverToken, {
    requestHost: `${url.host}${url.pathname.replace(/\/+$/, '')}`,
    useHttps: url.protocol === 'https:',
    fetch: (input, init) => fetchWithin(timeoutMs)(input, { ...init, signal }),
  })
}

const sentSchema = z.object({ MessageID: z.string() })
const foundSchema = z.object({ Messages: z.array(sentSchema) })

async function findSent(client: ServerClient, key: string): Promise<SendReceipt | null> {
  const answer = await client.getOutboundMessages({ count: 1, offset: 0, metadata_idempotency_key: key })
  const [message] = foundSchema.parse(answer).Messages
  return message ? { provider, messageId: message.MessageID } : null
}

/** Metadata values hold 80 characters. */
function metadataValue(key: string): string {
  return key.length <= 80 ? key : createHash('sha256').update(key).digest('hex')
}

/** What the library puts on its errors; code 0 without a status is a failure of the transport. */
const postmarkError = z.object({ code: z.number().default(0), statusCode: z.number().default(0) })

const refusedCodes = new Set([300, 406, 411])
const accountCodes = new Set([10, 400, 401, 405, 412, 413, 1101])

function toProviderError(cause: unknown, signal: SendOptions['signal']): ProviderError {
  const { code, statusCode } = postmarkError.safeParse(cause).data ?? { code: 0, statusCode: 0 }
  const fail = (failure: ProviderFailure, message: string) =>
    new ProviderError(provider, failure, `Cannot send mail: ${message}`, {
      cause,
      // No answer after the request may have been written.
      isAmbiguous: statusCode === 0 || statusCode >= 500,
      vendorCode: String(code || statusCode),
    })
  if (signal.aborted) return fail('aborted', 'given up while sending')
  if (statusCode === 429 || code === 429) return fail('throttled', 'Postmark asks to slow down')
  if (refusedCodes.has(code)) return fail('refused', 'Postmark refused recipient or message')
  if (accountCodes.has(code) || statusCode === 401) return fail('misconfigured', 'Postmark does not accept the account')
  if (statusCode === 422) return fail('refused', 'Postmark did not accept the request')
  return fail('unavailable', 'Postmark did not answer as expected')
}
