/** How a type of the database is described: Swagger's own type, and Postgres' name as its format. */
export interface TypeDescription {
  readonly type?: string
  readonly format?: string
  readonly items?: { readonly type?: string }
}

const swaggerTypes: Readonly<Record<string, string | undefined>> = {
  boolean: 'boolean',
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  numeric: 'number',
  real: 'number',
  'double precision': 'number',
}
const formats: Readonly<Record<string, string | undefined>> = { smallint: 'int32', integer: 'int32', bigint: 'int64' }

/** Swagger's type; undefined for JSON, which may be anything. */
export function swaggerType(type: string): string | undefined {
  if (type === 'json' || type === 'jsonb') return undefined
  return swaggerTypes[type] ?? (type.endsWith('[]') ? 'array' : 'string')
}

/** Swagger's format of a type. */
export const swaggerFormat = (type: string): string => formats[type] ?? type

/** Type of an array's elements. */
export const elementType = (type: string): string => type.slice(0, -2)

/** Describes a type. */
export function describeType(type: string): TypeDescription {
  const described = swaggerType(type)
  const element = described === 'array' ? swaggerType(elementType(type)) : undefined
  return {
    ...(described === undefined ? {} : { type: described }),
    format: swaggerFormat(type),
    ...(described === 'array' ? { items: element === undefined ? {} : { type: element } } : {}),
  }
}

/** A column's default as JSON; undefined when it is no constant. */
export function defaultValue(type: string, expression: string): unknown {
  if (swaggerType(type) === 'string') {
    const suffix = `::${type}`
    return expression.endsWith(suffix)
      ? expression.slice(0, -suffix.length).replace(/^'+|'+$/g, '')
      : constant(`"${expression}"`)
  }
  return constant(expression)
}

function constant(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
