import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import nodemailer from 'nodemailer'
import { z } from 'zod'
import { ProviderError, type ProviderFailure } from '../provider_error.ts'
import { formatAddress, withSafeHeaders } from './addresses.ts'
import type { MailAddress, MailMessage, MailSender, SendOptions, SendReceipt } from './port.ts'

/** Where and as whom to deliver. */
export interface SmtpOptions {
  readonly host: string
  readonly port: number
  /** TLS from the first byte. */
  readonly secure: boolean
  readonly credentials?: { readonly user: string; readonly password: string }
  readonly from: MailAddress
}

const provider = 'smtp'

/**
 * Sends over SMTP. The protocol knows no idempotency: a repeated send carries the same Message-ID, by which receiving
 * servers and people recognise the copy.
 */
export function createSmtpSender(options: SmtpOptions): MailSender {
  return {
    provider,
    async send(message, { idempotencyKey, signal }) {
      if (signal.aborted) throw new ProviderError(provider, 'aborted', 'Cannot send mail: given up before it began')
      const connection = await openSocket(options, signal)
      const progress = { textAsked: false }
      const abort = () => connection.destroy()
      signal.addEventListener('abort', abort, { once: true })
      try {
        return await deliver(options, connection, withSafeHeaders(message), idempotencyKey, progress)
      } catch (error) {
        throw toProviderError(error, signal.aborted, progress.textAsked)
      } finally {
        signal.removeEventListener('abort', abort)
        connection.destroy()
      }
    },
  }
}

/** Our own socket, so that giving up ends the connection at once. */
function openSocket({ host, port }: SmtpOptions, signal: SendOptions['signal']): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const fail = (failure: ProviderFailure, cause?: unknown) => {
      signal.removeEventListener('abort', abort)
      socket.destroy()
      reject(new ProviderError(provider, failure, 'Cannot reach the mail server', { cause }))
    }
    const abort = () => fail('aborted')
    signal.addEventListener('abort', abort, { once: true })
    socket.setTimeout(10_000, () => fail('unavailable'))
    socket.once('error', (cause) => fail('unavailable', cause))
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort)
      socket.setTimeout(0)
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

async function deliver(
  options: SmtpOptions,
  connection: Socket,
  message: MailMessage,
  idempotencyKey: string,
  progress: { textAsked: boolean },
): Promise<SendReceipt> {
  const { credentials } = options
  const from = message.from ?? options.from
  const transport = nodemailer.createTransport({
    host: options.host,
    port: options.port,
    secure: options.secure,
    connection,
    // A server on this machine has no certificate that anybody could verify.
    ignoreTLS: options.host === '127.0.0.1' && !options.secure,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    transactionLog: true,
    logger: conversationObserver((line) => {
      if (line.startsWith('354')) progress.textAsked = true
    }),
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(credentials ? { auth: { user: credentials.user, pass: credentials.password } } : {}),
  })
  const messageId = messageIdOf(idempotencyKey, from)
  await transport.sendMail({
    messageId,
    from: formatAddress(from),
    to: formatAddress(message.to),
    ...(message.replyTo ? { replyTo: formatAddress(message.replyTo) } : {}),
    subject: message.subject,
    text: message.text,
    ...(message.html ? { html: message.html } : {}),
    headers: { ...message.headers, ...(message.tag ? { 'X-Tag': message.tag } : {}) },
    attachments: (message.attachments ?? []).map(({ filename, contentType, content }) => ({
      filename,
      contentType,
      content: Buffer.from(content),
    })),
  })
  return { provider, messageId }
}

/** Hears what the server says; nodemailer tells it to loggers alone. Nothing is written anywhere. */
function conversationObserver(onServerLine: (line: string) => void) {
  const ignore = () => {}
  const debug = (entry: unknown, line: unknown) => {
    if (serverEntry.safeParse(entry).success) onServerLine(String(line))
  }
  return { level: ignore, trace: ignore, debug, info: ignore, warn: ignore, error: ignore, fatal: ignore }
}

const serverEntry = z.object({ tnx: z.literal('server') })

function messageIdOf(idempotencyKey: string, from: MailAddress): string {
  const domain = from.email.split('@')[1] ?? 'localhost'
  return `<${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 40)}@${domain}>`
}

/** What nodemailer puts on its errors. */
const smtpError = z.object({
  code: z.string().optional(),
  responseCode: z.number().optional(),
  command: z.string().optional(),
})

function toProviderError(cause: unknown, isAborted: boolean, textAsked: boolean): ProviderError {
  if (cause instanceof ProviderError) return cause
  const { code = '', responseCode = 0, command = '' } = smtpError.safeParse(cause).data ?? {}
  // Once the server asked for the text, a lost connection leaves open whether it took it.
  const isAmbiguous = responseCode === 0 && textAsked
  const options = { cause, isAmbiguous, vendorCode: responseCode ? String(responseCode) : code }
  if (isAborted) return new ProviderError(provider, 'aborted', 'Cannot send mail: given up while sending', options)
  if (code === 'EAUTH') {
    return new ProviderError(
      provider,
      'misconfigured',
      'Cannot send mail: the server did not accept our login',
      options,
    )
  }
  if (responseCode === 421 || responseCode === 450 || responseCode === 451 || responseCode === 452) {
    return new ProviderError(provider, 'throttled', 'Cannot send mail now: the server asks to try later', options)
  }
  if (responseCode >= 500) {
    const isOurs = command === 'MAIL FROM' || responseCode === 530 || responseCode === 535
    return isOurs
      ? new ProviderError(provider, 'misconfigured', 'Cannot send mail: the server does not accept us', options)
      : new ProviderError(provider, 'refused', 'Cannot send mail: the server refused recipient or message', options)
  }
  return new ProviderError(provider, 'unavailable', 'Cannot send mail: the connection to the server failed', options)
}
