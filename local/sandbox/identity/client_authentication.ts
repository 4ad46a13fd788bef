import type { Context } from 'hono'

/**
 * Who asks for tokens. Any id and any secret will do, but there must be both; that the id is the one that asked for the
 * code is checked with the code.
 *
 * @returns the client's id, or null when id or secret are missing
 */
export function readClient(c: Context, form: URLSearchParams): string | null {
  const basic = /^basic\s+(.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (basic === undefined) return form.get('client_secret') ? form.get('client_id') : null
  const [id = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':')
  const isSame = !form.has('client_id') || form.get('client_id') === decode(id)
  return id && secret.join(':') && isSame ? decode(id) : null
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
