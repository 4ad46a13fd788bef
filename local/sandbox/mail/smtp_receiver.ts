import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import type { Logger } from '../../logger.ts'
import { hasErrorCode } from '../errors.ts'
import type { MailStore } from './mail_store.ts'

/** Largest message that is taken, in bytes: what most providers allow. */
export const maxMessageBytes = 25 * 1024 * 1024

/** The SMTP side of the inbox. */
export interface SmtpReceiver {
  readonly port: number
  close(): Promise<void>
}

/** An error whose code smtp-server sends to the client. */
class SmtpError extends Error {
  readonly responseCode: number
  constructor(responseCode: number, message: string) {
    super(message)
    this.responseCode = responseCode
  }
}

/**
 * Takes every mail for everybody: any sender, any recipient, any user name. A message is confirmed only when the store
 * has it.
 *
 * @throws the system's error when the port cannot be had
 */
export async function startSmtpReceiver(options: {
  port: number
  host: string
  store: MailStore
  logger: Logger
}): Promise<SmtpReceiver> {
  const { store, logger } = options
  const server = new SMTPServer({
    name: 'sandbox',
    banner: 'Atrium sandbox',
    size: maxMessageBytes,
    authOptional: true,
    allowInsecureAuth: true,
    authMethods: ['PLAIN', 'LOGIN'],
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 1000,
    onAuth: (auth, _session, callback) => callback(null, { user: auth.username ?? 'anybody' }),
    onData: (stream, session, callback) => {
      receive(stream, session).then(
        (id) => callback(null, `Message kept as ${id}`),
        (error: unknown) => callback(toSmtpError(error, logger)),
      )
    },
  })

  const receive = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> => {
    const chunks: Buffer[] = []
    for await (const chunk of stream) {
      // The rest of a message that is too large is read, since the client must be answered, but not kept.
      if (stream.sizeExceeded) chunks.length = 0
      else chunks.push(Buffer.from(chunk))
    }
    if (stream.sizeExceeded) {
      throw new SmtpError(552, `5.3.4 Message is larger than ${maxMessageBytes / 1024 / 1024} MB`)
    }
    const { mailFrom, rcptTo } = session.envelope
    const recipients = rcptTo.map((recipient) => recipient.address)
    const { id } = await store.add(Buffer.concat(chunks), { from: mailFrom ? mailFrom.address : '', recipients })
    return id
  }

  server.on('error', (error) => logger.debug('SMTP connection failed', { reason: error.message }))
  const listener = server.listen(options.port, options.host)
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

function toSmtpError(error: unknown, logger: Logger): SmtpError {
  if (error instanceof SmtpError) return error
  const reason = error instanceof Error ? error.message : String(error)
  logger.error('a mail could not be kept', { reason })
  return hasErrorCode(error, 'ENOSPC')
    ? new SmtpError(452, '4.3.1 The disk of the sandbox is full: free some space and send again')
    : new SmtpError(451, '4.3.0 The mail could not be kept: see the log of the sandbox')
}
