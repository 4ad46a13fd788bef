/** What takes a secret's place. */
export const struck = '•••'

const secretName =
  /^(x-)?(authorization|cookie|set-cookie|api-?key|access-?token|refresh_token|access_token|id_token|token|auth_?token|client_secret|secret|password|code_verifier|assertion|.*-signature|.*-api-key|.*-token|sig)$/i

/** Headers with credentials struck out; the scheme of `authorization` stays. */
export function scrubHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].map(([name, value]) => {
      if (!secretName.test(name)) return [name, value]
      const scheme = /^(basic|bearer|key)\s/i.exec(value)?.[1]
      return [name, scheme ? `${scheme} ${struck}` : struck]
    }),
  )
}

/** Path and query with secrets struck out. */
export function scrubPath(url: string): string {
  const { pathname, search } = new URL(url)
  return search ? `${pathname}?${scrubPairs(search.slice(1))}` : pathname
}

/** A JSON or form body with secrets struck out; other text stays as it is. */
export function scrubBody(text: string, contentType: string): string {
  if (/\bjson\b/i.test(contentType)) {
    try {
      return JSON.stringify(scrubValue(JSON.parse(text)), null, 2)
    } catch {
      return text
    }
  }
  return /x-www-form-urlencoded/i.test(contentType) ? scrubPairs(text) : text
}

function scrubPairs(text: string): string {
  const pairs = text.split('&').map((pair) => {
    const name = pair.split('=', 1)[0] ?? ''
    // In a form it is a one-time code; in JSON it mostly says what went wrong.
    return name === 'code' || secretName.test(name) ? `${name}=${struck}` : pair
  })
  return pairs.join('&')
}

function scrubValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(scrubValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      secretName.test(name) && typeof part === 'string' ? struck : scrubValue(part),
    ]),
  )
}
