import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { DialBoard, Fate } from '../providers/dials.ts'
import type { CallLog } from '../providers/record_calls.ts'
import { nextCallId } from '../providers/record_calls.ts'
import { engineVersion, maxContentBytes, searchVirus } from './find_virus.ts'

/** The TCP side of the scanner. */
export interface ClamdDouble {
  readonly port: number
  close(): Promise<void>
}

/** What a command came to. */
interface Outcome {
  /** Null closes without a word. */
  readonly reply: string | null
  readonly sizeBytes: number
}

const longestCommand = 1024
const sizeExceeded = 'INSTREAM size limit exceeded. ERROR'

/**
 * Speaks clamd's protocol: `PING`, `VERSION` and `INSTREAM`, with `z` before and NUL after. The dials make it fail as a
 * daemon does: status 413 is a stream that is too long, 503 a connection that breaks, any other an error; `timeOutNext`
 * hangs. Paths for `only` are `/clamd/INSTREAM` and the like.
 *
 * @throws the system's error when the port cannot be had
 */
export async function startClamdDouble(options: {
  port: number
  host: string
  dials: DialBoard
  log: CallLog
}): Promise<ClamdDouble> {
  const { dials, log } = options
  const sockets = new Set<Socket>()
  const serve = async (socket: Socket) => {
    const reader = readBytes(socket)
    const command = (await reader.until(0, longestCommand)).toString('latin1').replace(/^z/, '')
    const startedAt = performance.now()
    const receivedAt = new Date().toISOString()
    const path = `/clamd/${command}`
    const fate = dials.decide(path)
    const note = ({ reply, sizeBytes }: Outcome) =>
      log.add({
        id: nextCallId(),
        provider: 'clamav',
        receivedAt,
        method: 'TCP',
        path,
        headers: {},
        body: sizeBytes > 0 ? `(${sizeBytes} bytes)` : null,
        status: null,
        answer: reply,
        durationMs: Math.round(performance.now() - startedAt),
        dial: fate.timesOut ? 'timed-out' : fate.failStatus === null ? (fate.delayMs > 0 ? 'delayed' : null) : 'failed',
      })
    if (fate.delayMs > 0) await delay(fate.delayMs, undefined, { ref: false })
    const outcome = await answer(command, reader, fate)
    note(outcome)
    if (fate.timesOut) return
    if (outcome.reply === null) socket.destroy()
    else socket.end(`${outcome.reply}\0`)
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    // Who hangs up in the middle is no concern of the daemon.
    serve(socket).catch(() => socket.destroy())
  })
  server.listen(options.port, options.host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function answer(command: string, reader: ByteReader, fate: Fate): Promise<Outcome> {
  if (fate.timesOut || fate.failStatus === 503) return { reply: null, sizeBytes: 0 }
  if (fate.failStatus !== null) {
    return { reply: fate.failStatus === 413 ? sizeExceeded : "Can't allocate memory ERROR", sizeBytes: 0 }
  }
  if (command === 'PING') return { reply: 'PONG', sizeBytes: 0 }
  if (command === 'VERSION') {
    const { version, signatures, date } = engineVersion
    return { reply: `ClamAV ${version}/${signatures}/${date}`, sizeBytes: 0 }
  }
  if (command !== 'INSTREAM') return { reply: 'UNKNOWN COMMAND', sizeBytes: 0 }
  const search = searchVirus()
  let sizeBytes = 0
  for (;;) {
    const length = (await reader.exactly(4)).readUInt32BE()
    if (length === 0) break
    sizeBytes += length
    if (sizeBytes > maxContentBytes) return { reply: sizeExceeded, sizeBytes }
    search.add(await reader.exactly(length))
  }
  return { reply: search.finding ? `stream: ${search.finding} FOUND` : 'stream: OK', sizeBytes }
}

interface ByteReader {
  /** @throws {Error} when the sender hangs up before */
  exactly(length: number): Promise<Buffer>
  until(byte: number, longest: number): Promise<Buffer>
}

function readBytes(socket: Socket): ByteReader {
  const chunks: AsyncIterator<Buffer> = socket.iterator({ destroyOnReturn: false })
  let rest = Buffer.alloc(0)
  const more = async () => {
    const { done, value } = await chunks.next()
    if (done) throw new Error('The sender hung up')
    rest = Buffer.concat([rest, value])
  }
  const take = (length: number) => {
    const taken = rest.subarray(0, length)
    rest = rest.subarray(length)
    return taken
  }
  return {
    async exactly(length) {
      while (rest.length < length) await more()
      return take(length)
    },
    async until(byte, longest) {
      while (!rest.includes(byte)) {
        if (rest.length > longest) throw new Error('The command is too long')
        await more()
      }
      const found = take(rest.indexOf(byte))
      take(1)
      return found
    },
  }
}
