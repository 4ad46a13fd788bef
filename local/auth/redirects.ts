import { isIP } from 'node:net'
import type { AuthConfig } from './config.ts'

/** Decides where a flow may send the browser. */
export interface Redirects {
  /** The first of the candidates that is allowed, or the site's URL. */
  choose(...candidates: readonly string[]): string
  /** Whether an address is the site's or on the list. */
  allows(address: string): boolean
}

/** @param config names the site and further allowed addresses, with globs */
export function createRedirects(config: AuthConfig): Redirects {
  const site = new URL(config.site_url)
  const patterns = config.additional_redirect_urls.map(compileGlob)
  const allows = (address: string) => isAllowed(address, site, patterns)
  return { allows, choose: (...candidates) => candidates.find(allows) ?? config.site_url }
}

function isAllowed(candidate: string, site: URL, patterns: readonly RegExp[]): boolean {
  // Browsers drop control characters and spaces, so what follows would be read as another address than the checked one.
  if (candidate === '' || hasControlOrSpace(candidate)) return false
  const url = URL.canParse(candidate) ? new URL(candidate) : null
  const isWeb = /^https?:/i.test(candidate)
  if (isWeb && !url) return false
  if (url && isWeb) {
    // The host as it is written: WHATWG parsing turns 2130706433 into 127.0.0.1, and a browser would follow it.
    const written = /^https?:\/\/(?:[^@/?#\\]*@)?(\[[^\]]*\]|[^:/?#\\]*)/i.exec(candidate)?.[1] ?? ''
    const isSameHost = url.hostname === site.hostname && written.toLowerCase() === site.hostname
    if (isSameHost && url.protocol === site.protocol && (url.port === site.port || isLocal(url.hostname))) return true
    const bare = written.replace(/^\[|\]$/g, '')
    if (/^\d+$/.test(bare)) return false
    // An address in the list is not looked up: any program on this machine is, any other machine is not.
    if (isIP(bare)) return isLocal(url.hostname)
    if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(written)) return false
  }
  const withoutFragment = candidate.split('#')[0] ?? ''
  return patterns.some((pattern) => pattern.test(withoutFragment))
}

function hasControlOrSpace(value: string): boolean {
  return [...value].some((character) => character <= ' ' || character === '\x7f')
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

/**
 * A glob of config.toml as an expression: `*` and `?` stop at `.` and `/`, `**` does not, `[..]` and `{a,b}` choose.
 */
export function compileGlob(glob: string): RegExp {
  let source = ''
  let depth = 0
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob[at] ?? ''
    if (character === '*' && glob[at + 1] === '*') {
      source += '.*'
      at += 1
    } else if (character === '*') source += '[^./]*'
    else if (character === '?') source += '[^./]'
    else if (character === '\\') {
      at += 1
      source += escapeExpression(glob[at] ?? '\\')
    } else if (character === '{') {
      depth += 1
      source += '(?:'
    } else if (character === '}' && depth > 0) {
      depth -= 1
      source += ')'
    } else if (character === ',' && depth > 0) source += '|'
    else if (character === '[' && glob.indexOf(']', at + 2) > at) {
      const end = glob.indexOf(']', at + 2)
      const inside = glob
        .slice(at + 1, end)
        .replace(/^!/, '^')
        .replace(/[\\[\]]/g, '\\$&')
      source += `[${inside}]`
      at = end
    } else source += escapeExpression(character)
  }
  return new RegExp(`^${source}${')'.repeat(depth)}$`)
}

function escapeExpression(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
