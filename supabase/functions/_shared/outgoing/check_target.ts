import { lookup } from 'node:dns/promises'
import { isPublicAddress } from './is_public_address.ts'
import { OutgoingError } from './outgoing_error.ts'

/** Finds the addresses of a host name. Rejects when there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/** Asks the system. */
export const systemResolve: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address)

/** Which targets are allowed. */
export interface TargetRules {
  /** `host:port` of doubles on this machine, to which none of the other rules apply; empty outside development. */
  readonly allowedHosts: readonly string[]
  readonly resolve: Resolve
}

/** A URL with the addresses that were checked and may be connected to. */
export interface CheckedTarget {
  readonly url: URL
  readonly addresses: readonly string[]
}

const ports: ReadonlySet<string> = new Set(['', '443', '8443'])

/**
 * Checks a URL that a user gave and finds its addresses. Who connects must use these and never ask again: a second answer
 * of the name service could be another one.
 *
 * @throws {OutgoingError} `url_not_allowed`, `address_not_allowed`, `name_not_found`
 */
export async function checkTarget(rules: TargetRules, text: string): Promise<CheckedTarget> {
  // The parser turns decimal, octal and hexadecimal forms of an IPv4 address into the usual one.
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) throw refused('it is no web address')
  if (url.username || url.password) throw refused('it contains a user or password')
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const isAllowed = rules.allowedHosts.includes(`${hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`)
  if (!isAllowed && url.protocol !== 'https:') throw refused('it must start with https')
  if (!isAllowed && !ports.has(url.port)) throw refused(`port ${url.port} is not allowed`)
  const addresses = await resolveName(rules.resolve, hostname)
  // One bad address among good ones is enough: the connection would choose.
  const isOpen = addresses.length > 0 && addresses.every(isPublicAddress)
  if (!isAllowed && !isOpen) {
    throw new OutgoingError('address_not_allowed', `Cannot call "${hostname}": it is no address of the open internet`)
  }
  return { url, addresses }
}

function refused(reason: string): OutgoingError {
  return new OutgoingError('url_not_allowed', `Cannot call this URL: ${reason}`)
}

async function resolveName(resolve: Resolve, hostname: string): Promise<readonly string[]> {
  try {
    return await resolve(hostname)
  } catch (cause) {
    throw new OutgoingError('name_not_found', `Cannot call "${hostname}": the name has no address`, cause)
  }
}
