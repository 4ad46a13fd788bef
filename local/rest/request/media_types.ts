/** Media types with a meaning of their own; any other is kept as text. */
export type MediaType =
  | { readonly kind: 'json' | 'geojson' | 'csv' | 'text' | 'xml' | 'openapi' | 'form' | 'binary' | 'any' }
  | { readonly kind: 'other'; readonly name: string }
  | { readonly kind: 'stripped-array' }
  | { readonly kind: 'object'; readonly stripped: boolean }
  | {
      readonly kind: 'plan'
      readonly of: MediaType
      readonly format: 'json' | 'text'
      readonly options: readonly PlanOption[]
    }

/** Options of `EXPLAIN` that a client may set. */
export type PlanOption = (typeof planOptions)[number]

const planOptions = ['analyze', 'verbose', 'settings', 'buffers', 'wal'] as const

const names = {
  json: 'application/json',
  geojson: 'application/geo+json',
  csv: 'text/csv',
  text: 'text/plain',
  xml: 'text/xml',
  openapi: 'application/openapi+json',
  form: 'application/x-www-form-urlencoded',
  binary: 'application/octet-stream',
  any: '*/*',
} as const

const kinds = new Map(Object.entries(names).map(([kind, name]) => [name as string, { kind } as MediaType]))

/** The media type as it stands in a header, without charset. */
export function mediaTypeName(type: MediaType): string {
  switch (type.kind) {
    case 'other':
      return type.name
    case 'stripped-array':
      return 'application/vnd.pgrst.array+json;nulls=stripped'
    case 'object':
      return `application/vnd.pgrst.object+json${type.stripped ? ';nulls=stripped' : ''}`
    case 'plan': {
      const options = type.options.length > 0 ? `; options=${type.options.join('|')}` : ''
      return `application/vnd.pgrst.plan+${type.format}; for="${mediaTypeName(type.of)}"${options}`
    }
    default:
      return names[type.kind]
  }
}

/** The value of a `Content-Type` header. */
export const contentType = (type: MediaType): string =>
  mediaTypeName(type) + (type.kind === 'binary' || type.kind === 'other' ? '' : '; charset=utf-8')

const mainPart = /^([\p{L}\p{N}.*]+)\/([\p{L}\p{N}.*+-]+)/u
const parameter = /\s*;\s*([\p{L}\p{N}-]+)\s*=\s*(?:"([^"]*)"|([\p{L}\p{N}|-]+))/uy

/** Reads one media type of an `Accept` or `Content-Type` header. */
export function parseMediaType(text: string): MediaType {
  const simple = kinds.get(text)
  if (simple) return simple
  const match = mainPart.exec(text)
  if (!match) return { kind: 'other', name: text }
  const name = match[0].toLowerCase()
  const known = kinds.get(name)
  if (known) return known
  const parameters = new Map<string, string>()
  parameter.lastIndex = match[0].length
  for (let found = parameter.exec(text); found; found = parameter.exec(text)) {
    parameters.set((found[1] ?? '').toLowerCase(), found[2] ?? found[3] ?? '')
  }
  const stripped = parameters.get('nulls') === 'stripped'
  switch (name) {
    case 'application/vnd.pgrst.plan':
    case 'application/vnd.pgrst.plan+text':
      return planType('text', parameters)
    case 'application/vnd.pgrst.plan+json':
      return planType('json', parameters)
    case 'application/vnd.pgrst.object':
    case 'application/vnd.pgrst.object+json':
      return { kind: 'object', stripped }
    case 'application/vnd.pgrst.array':
    case 'application/vnd.pgrst.array+json':
      return stripped ? { kind: 'stripped-array' } : { kind: 'json' }
    default:
      return { kind: 'other', name: text }
  }
}

function planType(format: 'json' | 'text', parameters: ReadonlyMap<string, string>): MediaType {
  const given = (parameters.get('options') ?? '').split('|')
  return {
    kind: 'plan',
    of: parseMediaType(parameters.get('for') ?? names.json),
    format,
    options: planOptions.filter((option) => given.includes(option)),
  }
}

/** Reads an `Accept` header: the media types by falling quality; the more exact first when equal. */
export function parseAccept(header: string | undefined): MediaType[] {
  if (header === undefined) return [{ kind: 'any' }]
  return splitOutsideQuotes(header)
    .map((part) => {
      const quality = /;\s*q=([\d.]+)\s*$/i.exec(part)
      const name = (quality ? part.slice(0, quality.index) : part).trim()
      const stars = name.startsWith('*') ? 2 : name.endsWith('/*') ? 1 : 0
      return { name, quality: quality ? Number(quality[1]) : 1, stars }
    })
    .toSorted((a, b) => b.quality - a.quality || a.stars - b.stars)
    .map(({ name }) => parseMediaType(name))
}

function splitOutsideQuotes(header: string): string[] {
  if (!header.includes('"')) return header.split(',')
  const parts: string[] = []
  let part = ''
  let isQuoted = false
  for (const char of header) {
    if (char === '"') isQuoted = !isQuoted
    if (char === ',' && !isQuoted) {
      parts.push(part)
      part = ''
    } else {
      part += char
    }
  }
  return [...parts, part]
}
