import { requestErrors } from '../errors.ts'
import { type MediaType, mediaTypeName, parseMediaType } from '../request/media_types.ts'
import { type CustomHandler, handlerKey, type Qualified, type SchemaCache } from '../schema_cache/types.ts'

/** How the body is made of the rows. */
export type BodyHandler =
  | { readonly kind: 'json' | 'stripped-array' | 'geojson' | 'csv' | 'none' }
  | { readonly kind: 'object'; readonly stripped: boolean }
  | { readonly kind: 'custom'; readonly handler: CustomHandler }

/** The answer's media type and how its body is made. */
export interface Negotiated {
  readonly handler: BodyHandler
  readonly mediaType: MediaType
}

/**
 * Chooses the first accepted media type that can be produced.
 *
 * @param table relation or function whose rows are answered
 * @param hasDefaultSelect custom media types of a relation apply only to whole rows
 * @throws {RestError} PGRST107
 */
export function negotiate(
  cache: SchemaCache,
  table: Qualified,
  accepted: readonly MediaType[],
  hasDefaultSelect: boolean,
  planEnabled: boolean,
): Negotiated {
  for (const mediaType of accepted) {
    const found = match(cache, table, mediaType, hasDefaultSelect, planEnabled)
    if (found) return found
  }
  throw requestErrors.mediaType(accepted.map(mediaTypeName))
}

function match(
  cache: SchemaCache,
  table: Qualified,
  mediaType: MediaType,
  hasDefaultSelect: boolean,
  planEnabled: boolean,
): Negotiated | null {
  if (mediaType.kind === 'object') return { handler: mediaType, mediaType }
  if (mediaType.kind === 'stripped-array') return { handler: { kind: 'stripped-array' }, mediaType }
  if (mediaType.kind === 'plan') {
    if (!planEnabled) return null
    const inner = match(cache, table, mediaType.of, hasDefaultSelect, planEnabled)
    return inner && { handler: inner.handler, mediaType }
  }
  const name = mediaTypeName(mediaType)
  const custom =
    (hasDefaultSelect && (find(cache, table, '*/*') ?? find(cache, table, name))) || find(cache, null, name)
  if (custom) {
    return { handler: { kind: 'custom', handler: custom }, mediaType: parseMediaType(custom.produces) }
  }
  switch (mediaType.kind) {
    case 'any':
    case 'json':
      return { handler: { kind: 'json' }, mediaType: { kind: 'json' } }
    case 'csv':
    case 'geojson':
      return { handler: { kind: mediaType.kind }, mediaType }
    default:
      return null
  }
}

const find = (cache: SchemaCache, table: Qualified | null, name: string) => cache.handlers.get(handlerKey(table, name))
