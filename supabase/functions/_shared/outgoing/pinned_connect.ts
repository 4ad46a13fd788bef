import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { buildConnector } from 'undici'

/** How long one address may take to answer before the next is tried. */
const addressTimeoutMs = 5_000

/**
 * Makes connections to these addresses alone, whatever the name service says by now. TLS is checked against the name.
 *
 * Not the `lookup` option of node:https: hosted functions (Deno 2.1) refuse it as not implemented.
 *
 * @param hostname name or address as in the URL, without brackets
 */
export function pinnedConnect(hostname: string, addresses: readonly string[]): buildConnector.connector {
  return (options, callback) => {
    const isSecure = options.protocol === 'https:'
    const port = Number(options.port) || (isSecure ? 443 : 80)
    tryNext(0)

    function tryNext(index: number, lastError = new Error('There is no address')): void {
      const host = addresses[index]
      if (host === undefined) {
        callback(lastError, null)
        return
      }
      const socket: Socket = isSecure
        ? connectTls({ host, port, ALPNProtocols: ['http/1.1'], ...(isIP(hostname) ? {} : { servername: hostname }) })
        : connectTcp({ host, port })
      const fail = (error: Error) => {
        clearTimeout(timer)
        socket.off(isSecure ? 'secureConnect' : 'connect', succeed)
        // What the closing socket still says has no reader any more.
        socket.off('error', fail).on('error', () => {})
        socket.destroy()
        tryNext(index + 1, error)
      }
      const succeed = () => {
        clearTimeout(timer)
        socket.off('error', fail)
        callback(null, socket)
      }
      const timer = setTimeout(() => fail(new Error(`No connection within ${addressTimeoutMs} ms`)), addressTimeoutMs)
      socket.once(isSecure ? 'secureConnect' : 'connect', succeed).once('error', fail)
    }
  }
}
