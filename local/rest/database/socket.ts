import { once } from 'node:events'
import { Socket } from 'node:net'

/**
 * A socket that sends what is written in one turn of the event loop in one piece. The library writes a long statement
 * at once and short ones at the end of the turn; each piece costs a system call here and wakes the server once more.
 */
class CoalescingSocket extends Socket {
  #isHeld = false

  override write(
    chunk: Uint8Array | string,
    encodingOrCallback?: BufferEncoding | ((error?: Error | null) => void),
    callback?: (error?: Error | null) => void,
  ): boolean {
    if (!this.#isHeld) {
      this.#isHeld = true
      this.cork()
      // Behind the library's own end of the turn, which is put in line while this turn runs.
      process.nextTick(() => setImmediate(() => this.#send()))
    }
    return typeof encodingOrCallback === 'string'
      ? super.write(chunk, encodingOrCallback, callback)
      : super.write(chunk, encodingOrCallback)
  }

  #send(): void {
    this.#isHeld = false
    this.uncork()
  }
}

async function connectSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = new CoalescingSocket()
  socket.setNoDelay(true)
  socket.connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 5432) })
  await once(socket, 'connect')
  return socket
}

/**
 * The option of postgres.js that makes its sockets; its types leave it out.
 *
 * @param url where the sockets connect to
 */
export const socketOption = (url: string): object => ({ socket: () => connectSocket(url) })
