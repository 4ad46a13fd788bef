import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { z } from 'zod'

/** A message as the contract looks at it, whatever way it came. */
export interface ReceivedMail {
  readonly from: string
  readonly to: string
  readonly replyTo: string | null
  readonly subject: string
  readonly text: string
  readonly html: string | null
  readonly headers: Readonly<Record<string, string>>
  /** By which the provider finds the message again. */
  readonly key: string
  readonly attachments: readonly { filename: string; contentType: string; text: string }[]
}

/** A stand-in for a provider, which keeps what it takes and can be told to fail. */
export interface MailDouble {
  readonly port: number
  readonly received: ReceivedMail[]
  /** What to do with the next messages. */
  behaviour: 'accept' | 'throttle' | 'refuse' | 'reject-login' | 'break' | 'hang'
  close(): Promise<void>
}

const mailSchema = z.object({
  From: z.string(),
  To: z.string(),
  ReplyTo: z.string().optional(),
  Subject: z.string(),
  TextBody: z.string(),
  HtmlBody: z.string().optional(),
  MessageStream: z.string(),
  Tag: z.string().optional(),
  Metadata: z.record(z.string(), z.string().max(80)),
  Headers: z.array(z.object({ Name: z.string(), Value: z.string() })),
  Attachments: z.array(z.object({ Name: z.string(), ContentType: z.string(), Content: z.string() })),
})

const failures: Record<Exclude<MailDouble['behaviour'], 'accept' | 'hang'>, [number, unknown]> = {
  throttle: [429, { ErrorCode: 429, Message: 'Rate limit exceeded.' }],
  refuse: [422, { ErrorCode: 406, Message: 'You tried to send to recipient(s) that have been marked as inactive.' }],
  'reject-login': [401, { ErrorCode: 10, Message: 'No Account or Server API tokens were supplied.' }],
  break: [500, { ErrorCode: 0, Message: 'Internal error' }],
}

/** Speaks the part of Postmark's HTTP protocol that the adapter uses. */
export async function startPostmarkDouble(serverToken: string): Promise<MailDouble> {
  const byKey = new Map<string, string>()
  const double: MailDouble = { port: 0, received: [], behaviour: 'accept', close: () => Promise.resolve() }
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.headers['x-postmark-server-token'] !== serverToken) return answer(...failures['reject-login'])
    const { behaviour } = double
    if (behaviour === 'hang') return
    if (behaviour !== 'accept') return answer(...failures[behaviour])
    const url = new URL(request.url ?? '/', 'http://double')
    if (request.method === 'GET' && url.pathname === '/messages/outbound') {
      const found = byKey.get(url.searchParams.get('metadata_idempotency_key') ?? '')
      return answer(200, { TotalCount: found ? 1 : 0, Messages: found ? [{ MessageID: found }] : [] })
    }
    if (request.method !== 'POST' || url.pathname !== '/email')
      return answer(404, { ErrorCode: 0, Message: 'Not found' })
    const mail = mailSchema.parse(JSON.parse(await readBody(request)))
    const messageId = crypto.randomUUID()
    byKey.set(mail.Metadata.idempotency_key ?? '', messageId)
    double.received.push({
      from: mail.From,
      to: mail.To,
      replyTo: mail.ReplyTo ?? null,
      key: mail.Metadata.idempotency_key ?? '',
      subject: mail.Subject,
      text: mail.TextBody,
      html: mail.HtmlBody ?? null,
      headers: Object.fromEntries(mail.Headers.map(({ Name, Value }) => [Name.toLowerCase(), Value])),
      attachments: mail.Attachments.map(({ Name, ContentType, Content }) => ({
        filename: Name,
        contentType: ContentType,
        text: Buffer.from(Content, 'base64').toString(),
      })),
    })
    answer(200, {
      To: mail.To,
      SubmittedAt: new Date().toISOString(),
      MessageID: messageId,
      ErrorCode: 0,
      Message: 'OK',
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(double, {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

/** A mail server that asks for a login. */
export async function startSmtpDouble(user: string, password: string): Promise<MailDouble> {
  const double: MailDouble = { port: 0, received: [], behaviour: 'accept', close: () => Promise.resolve() }
  const smtpError = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode })
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth: (given, _session, callback) => {
      const isRight = given.username === user && given.password === password && double.behaviour !== 'reject-login'
      if (isRight) callback(null, { user })
      else callback(smtpError(535, 'Authentication failed'))
    },
    onRcptTo: (_address, _session, callback) => {
      if (double.behaviour === 'hang') return
      if (double.behaviour === 'refuse') callback(smtpError(550, 'No such mailbox'))
      else if (double.behaviour === 'throttle') callback(smtpError(451, 'Try again later'))
      else callback()
    },
    onData: async (stream, session, callback) => {
      if (double.behaviour === 'break') {
        // Gone after the text and before the answer: nobody knows whether it was taken.
        stream.once('end', () => {
          for (const connection of server.connections) connection.close()
        })
        stream.resume()
        return
      }
      const parts: Buffer[] = []
      for await (const part of stream) parts.push(part)
      const email = await PostalMime.parse(Buffer.concat(parts))
      const recipient = session.envelope.rcptTo[0]?.address ?? ''
      double.received.push(toReceived(email, recipient))
      callback()
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(double, {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  })
}

function toReceived(email: Email, recipient: string): ReceivedMail {
  const address = (value: { name?: string | undefined; address?: string | undefined } | undefined) =>
    value?.name ? `"${value.name}" <${value.address}>` : (value?.address ?? '')
  return {
    from: address(email.from),
    to: recipient,
    replyTo: email.replyTo?.[0] ? address(email.replyTo[0]) : null,
    key: email.messageId ?? '',
    subject: email.subject ?? '',
    text: (email.text ?? '').trimEnd(),
    html: email.html?.trimEnd() ?? null,
    headers: Object.fromEntries(email.headers.map(({ key, value }) => [key, value])),
    attachments: email.attachments.map(({ filename, mimeType, content }) => ({
      filename: filename ?? '',
      contentType: mimeType,
      text:
        typeof content === 'string'
          ? content
          : Buffer.from(content instanceof Uint8Array ? content : new Uint8Array(content)).toString(),
    })),
  }
}
