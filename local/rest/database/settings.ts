import type { IncomingHttpHeaders } from 'node:http'
import type { Claims } from '../../service.ts'
import type { RestConfig } from '../config.ts'
import type { Statement } from '../sql/writer.ts'
import { quote } from '../sql/writer.ts'

/** Who asks. */
export interface Caller {
  readonly role: string
  readonly claims: Claims
}

/** What the settings of a transaction are made of. */
export interface SettingsInput {
  readonly config: RestConfig
  readonly caller: Caller
  readonly schema: string
  readonly method: string
  /** Path without query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly timezone: string | null
  /** Settings of the called function. */
  readonly routine: readonly (readonly [name: string, value: string])[]
}

const texts = new Map<number, string>()

/** Any number of settings in one statement; names and values are parameters. */
function statementText(pairs: number): string {
  const known = texts.get(pairs)
  if (known !== undefined) return known
  const calls = Array.from({ length: pairs }, (_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, true)`)
  const made = `select ${calls.join(', ')}`
  texts.set(pairs, made)
  return made
}

const claimTexts = new WeakMap<Claims, { role: string; text: string }>()

function claimsText({ role, claims }: Caller): string {
  const known = claimTexts.get(claims)
  if (known?.role === role) return known.text
  const made = JSON.stringify({ ...claims, role })
  claimTexts.set(claims, { role, text: made })
  return made
}

/**
 * The statement that sets up a transaction. Settings of the role come before the role itself: the login role may set
 * what the role may not.
 */
export function settingsStatement(input: SettingsInput): Statement {
  const { config, caller } = input
  const params = ['search_path', [input.schema, ...config.extraSearchPath].map(quote).join(', ')]
  for (const [name, value] of config.roles.get(caller.role)?.settings ?? []) params.push(name, value)
  params.push('role', caller.role, 'request.jwt.claims', claimsText(caller))
  params.push('request.method', input.method, 'request.path', input.path)
  const { cookie, ...headers } = input.headers
  params.push('request.headers', utf8(JSON.stringify(headers)), 'request.cookies', utf8(cookiesText(cookie)))
  if (input.timezone !== null) params.push('timezone', input.timezone)
  for (const [name, value] of input.routine) params.push(name, value)
  for (const [name, value] of config.appSettings) params.push(name, value)
  return { text: statementText(params.length / 2), params }
}

/** Node hands headers over byte by byte. */
const utf8 = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8')

function cookiesText(header: string | undefined): string {
  if (header === undefined) return '{}'
  const pairs = header.split(';').flatMap((part): [string, string][] => {
    const equals = part.indexOf('=')
    return equals < 0 ? [] : [[part.slice(0, equals).trim(), part.slice(equals + 1).trim()]]
  })
  return JSON.stringify(Object.fromEntries(pairs))
}
