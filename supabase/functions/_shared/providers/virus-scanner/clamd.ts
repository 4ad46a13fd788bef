import { Buffer } from 'node:buffer'
import { connect, type Socket } from 'node:net'
import { observeProviderCall } from '../../observability/mod.ts'
import { type Clock, systemClock } from '../../runtime/mod.ts'
import { measuredCall } from '../measured_call.ts'
import { ProviderError, type ProviderFailure } from '../provider_error.ts'
import { maxReplyBytes, requireSize, scanTimeoutMs, tooLarge } from './limits.ts'
import type { ScanResult, VirusScanner } from './port.ts'

/** Where clamd listens, and its limits. */
export interface ClamdOptions {
  readonly host: string
  readonly port: number
  /** Its `StreamMaxLength`, which must not be above its `MaxFileSize`. */
  readonly maxBytes: number
  /** Longest time of one command; 40 seconds when left out. */
  readonly timeoutMs?: number
  readonly clock?: Clock
}

const provider = 'clamd'

/** Largest piece that is sent at once. */
const pieceBytes = 64 * 1024

/** Talks to ClamAV's daemon over TCP. It knows neither logins nor TLS: its network must be private. */
export function createClamdScanner(options: ClamdOptions): VirusScanner {
  const ask = (command: 'VERSION' | 'INSTREAM', signal: AbortSignal, content?: ReadableStream<Uint8Array>) =>
    measuredCall(
      { provider, operation: command, signal, clock: options.clock ?? systemClock, observe: observeProviderCall },
      () => converse(options, command, signal, content),
    )
  const version = async (signal: AbortSignal) => {
    const reply = await ask('VERSION', signal)
    if (!reply.startsWith('ClamAV')) throw notUnderstood()
    return reply
  }
  return {
    provider,
    version,
    async scan(content, scan) {
      await requireSize(provider, content, scan, options.maxBytes)
      try {
        // Asked first, so that a daemon that is away costs no transfer.
        const engine = await version(scan.signal)
        return { ...readVerdict(await ask('INSTREAM', scan.signal, content)), engine }
      } catch (error) {
        await content.cancel().catch(() => {
          // It ended already.
        })
        throw error
      }
    },
  }
}

function readVerdict(reply: string): Omit<ScanResult, 'engine'> {
  if (reply === 'stream: OK') return { verdict: 'clean', finding: null }
  const [, finding] = /^stream: (.+) FOUND$/.exec(reply) ?? []
  if (finding) return { verdict: 'infected', finding }
  if (/size limit exceeded/i.test(reply)) throw tooLarge(provider)
  if (/ ERROR$/.test(reply)) throw failed('unavailable', 'clamd could not do it', { vendorCode: reply.slice(0, 100) })
  throw notUnderstood()
}

const failed = (failure: ProviderFailure, message: string, options: { cause?: unknown; vendorCode?: string } = {}) =>
  new ProviderError(provider, failure, `Cannot scan: ${message}`, options)

const notUnderstood = () => failed('invalid_response', 'the answer is not that of clamd')

/** One command on a connection of its own. Content goes out while the reply is listened for, which may come early. */
async function converse(
  options: ClamdOptions,
  command: string,
  signal: AbortSignal,
  content?: ReadableStream<Uint8Array>,
): Promise<string> {
  if (signal.aborted) throw failed('aborted', 'given up before it began')
  const timeout = AbortSignal.timeout(options.timeoutMs ?? scanTimeoutMs)
  const either = AbortSignal.any([signal, timeout])
  const socket = connect({ host: options.host, port: options.port })
  const stop = () => socket.destroy(new Error('given up'))
  either.addEventListener('abort', stop, { once: true })
  let unreadable: unknown
  try {
    const reply = replyOf(socket)
    send(socket, command, content).catch((cause: unknown) => {
      unreadable = cause
      socket.destroy()
    })
    return await reply
  } catch (cause) {
    if (unreadable !== undefined) throw unreadable
    if (cause instanceof ProviderError) throw cause
    if (signal.aborted) throw failed('aborted', 'given up while waiting', { cause })
    throw failed('unavailable', timeout.aborted ? 'no answer in time' : 'the connection failed', { cause })
  } finally {
    either.removeEventListener('abort', stop)
    socket.destroy()
  }
}

/** The reply up to its NUL byte, even when the connection breaks after it. */
function replyOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let reply = ''
    let failure: Error | undefined
    socket.setEncoding('latin1')
    socket.on('data', (text) => {
      reply += String(text)
      const [line, rest] = reply.split('\0')
      if (line !== undefined && rest !== undefined) resolve(line.trim())
      else if (reply.length > maxReplyBytes) reject(notUnderstood())
    })
    socket.on('error', (error) => {
      failure = error
    })
    socket.on('close', () => reject(failure ?? new Error('closed without an answer')))
  })
}

/** Ends early when the daemon takes no more: its reply says why. @throws whatever reading the content throws */
async function send(socket: Socket, command: string, content?: ReadableStream<Uint8Array>): Promise<void> {
  const isTaken = await write(socket, Buffer.from(`z${command}\0`, 'latin1'))
  if (!isTaken || !content) return
  for await (const chunk of content) {
    for (let start = 0; start < chunk.byteLength; start += pieceBytes) {
      if (!(await writePiece(socket, chunk.subarray(start, start + pieceBytes)))) return
    }
  }
  await writePiece(socket, new Uint8Array())
}

/** A piece with its length before it; an empty one is the end. */
function writePiece(socket: Socket, piece: Uint8Array): Promise<boolean> {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(piece.byteLength)
  return write(socket, Buffer.concat([length, piece]))
}

/** Resolves when the system took the bytes, so that a slow daemon slows the source down; false when it took none. */
function write(socket: Socket, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    socket.write(bytes, (error) => resolve(!error))
  })
}
