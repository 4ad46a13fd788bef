import ipaddr from 'ipaddr.js'

/** Services of a cloud's own network that answer under an address which looks public. */
const cloudAddresses: ReadonlySet<string> = new Set(['168.63.129.16'])

/**
 * Whether an IP address is one of the open internet: not private, loopback, link-local (metadata services), shared
 * (CGNAT), multicast, unspecified or reserved, and no IPv6 address that carries an IPv4 one (mapped, 6to4, NAT64, Teredo),
 * behind which any of those could hide.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast' || cloudAddresses.has(parsed.toString())) return false
  if (parsed.kind() === 'ipv4') return true
  // Only 2000::/3 is given out; the library calls everything it has no name for "unicast".
  const [first = 0] = parsed.toByteArray()
  return first >> 5 === 0b001
}
