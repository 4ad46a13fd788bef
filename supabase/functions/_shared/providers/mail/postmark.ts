import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type FailedAnswer, type ProviderFailure, type ProviderRequest, requestProvider } from '../mod.ts'
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

/** Sends through Postmark's API. Messages are found again by the key in their metadata. */
export function createPostmarkSender(options: PostmarkOptions): MailSender {
  return {
    provider,
    async send(given, { idempotencyKey, signal, isRepeat }) {
      const message = withSafeHeaders(given)
      const key = metadataValue(idempotencyKey)
      const earlier = isRepeat ? await findSent(options, key, signal) : null
      if (earlier) return earlier
      const { body } = await call(options, signal, {
        method: 'POST',
        path: '/email',
        schema: sentSchema,
        json: {
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
          })),
        },
      })
      return { provider, messageId: body.MessageID }
    },
  }
}

type Call<Schema extends z.ZodType> = Pick<ProviderRequest<Schema>, 'method' | 'schema' | 'json'> & { path: string }

function call<Schema extends z.ZodType>(
  options: PostmarkOptions,
  signal: SendOptions['signal'],
  { path, ...request }: Call<Schema>,
) {
  return requestProvider({
    ...request,
    provider,
    url: `${options.apiUrl.replace(/\/+$/, '')}${path}`,
    headers: { accept: 'application/json', 'x-postmark-server-token': options.serverToken },
    timeoutMs: 15_000,
    // The port never retries: the job does.
    maxAttempts: 1,
    explain,
    signal,
  })
}

const sentSchema = z.object({ MessageID: z.string() })
const foundSchema = z.object({ Messages: z.array(sentSchema) })

async function findSent(
  options: PostmarkOptions,
  key: string,
  signal: SendOptions['signal'],
): Promise<SendReceipt | null> {
  const query = new URLSearchParams({ count: '1', offset: '0', metadata_idempotency_key: key })
  const { body } = await call(options, signal, {
    method: 'GET',
    path: `/messages/outbound?${query}`,
    schema: foundSchema,
  })
  const [message] = body.Messages
  return message ? { provider, messageId: message.MessageID } : null
}

/** Metadata values hold 80 characters. */
function metadataValue(key: string): string {
  return key.length <= 80 ? key : createHash('sha256').update(key).digest('hex')
}

const errorSchema = z.object({ ErrorCode: z.number() })

/** Codes about recipient or message. */
const refusedCodes = new Set([300, 406, 411])
/** Codes about our account, sender or server. */
const accountCodes = new Set([10, 400, 401, 405, 412, 413, 1101])

function explain({ body }: FailedAnswer): { failure?: ProviderFailure; vendorCode?: string } {
  const code = errorSchema.safeParse(body).data?.ErrorCode ?? 0
  if (code === 0) return {}
  const vendorCode = String(code)
  if (code === 429) return { failure: 'throttled', vendorCode }
  if (refusedCodes.has(code)) return { failure: 'refused', vendorCode }
  if (accountCodes.has(code)) return { failure: 'misconfigured', vendorCode }
  return { vendorCode }
}
