import type { Claims } from '../service.ts'

type Step =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'filter'; readonly operator: string; readonly text: string }

/** Where in the claims a value stands. */
export type ClaimPath = readonly Step[]

const step = /\.(?:"([^"]+)"|([\w$@-]+))|\[(\d+)\]|\[\?\(@\s*(==|!=|\^==|==\^|\*==)\s*"([^"]*)"\)\]/y

/**
 * Reads a path such as `.role`, `."https://example.com/role"`, `.roles[0]` or `.roles[?(@ ^== "app_")]`.
 * What cannot be read means `.role`.
 */
export function parseClaimPath(text: string): ClaimPath {
  const steps: Step[] = []
  step.lastIndex = 0
  while (step.lastIndex < text.length) {
    const match = step.exec(text)
    if (!match) return [{ kind: 'key', key: 'role' }]
    const [, quoted, plain, index, operator, value] = match
    if (index !== undefined) steps.push({ kind: 'index', index: Number(index) })
    else if (operator !== undefined) steps.push({ kind: 'filter', operator, text: value ?? '' })
    else steps.push({ kind: 'key', key: quoted ?? plain ?? '' })
  }
  return steps
}

/** The text at a place of the claims; null when there is none. */
export function readClaim(claims: Claims, path: ClaimPath): string | null {
  let value: unknown = claims
  for (const part of path) value = follow(value, part)
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function follow(value: unknown, part: Step): unknown {
  switch (part.kind) {
    case 'key':
      return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, part.key)
        ? Reflect.get(value, part.key)
        : undefined
    case 'index':
      return Array.isArray(value) ? value[part.index] : undefined
    case 'filter':
      return Array.isArray(value) ? value.find((item) => typeof item === 'string' && matches(item, part)) : undefined
  }
}

function matches(item: string, { operator, text }: { operator: string; text: string }): boolean {
  switch (operator) {
    case '==':
      return item === text
    case '!=':
      return item !== text
    case '^==':
      return item.startsWith(text)
    case '==^':
      return item.endsWith(text)
    default:
      return item.includes(text)
  }
}
