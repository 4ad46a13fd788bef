import { z } from 'zod'

/** How a value that does not do is told, as Stripe does; found by `readParameters`. */
function invalid(context: z.RefinementCtx, message: string, code?: string): never {
  context.addIssue({ code: 'custom', message, params: { stripe: code ?? null } })
  return z.NEVER
}

/** A text that is not empty: an empty one would mean that the value is to be removed. */
export function text(longest = 5000) {
  return z.string().transform((value, context): string => {
    if (value === '') {
      return invalid(
        context,
        "You passed an empty string for '{param}'. We assume empty values are an attempt to unset a parameter; however '{param}' cannot be unset. You should remove '{param}' from your request or supply a non-empty value.",
        'parameter_invalid_empty',
      )
    }
    if (value.length > longest) {
      return invalid(context, `Invalid string: must be at most ${longest} characters`, 'parameter_invalid_string')
    }
    return value
  })
}

/** A whole number. */
export function integer(options: { least?: number; most?: number } = {}) {
  return z.string().transform((value, context): number => {
    if (!/^-?\d{1,15}$/.test(value)) return invalid(context, `Invalid integer: ${value}`, 'parameter_invalid_integer')
    const number = Number(value)
    if (options.least !== undefined && number < options.least) {
      return invalid(
        context,
        `This value must be greater than or equal to ${options.least}.`,
        'parameter_invalid_integer',
      )
    }
    if (options.most !== undefined && number > options.most) {
      return invalid(context, `This value must be less than or equal to ${options.most}.`, 'parameter_invalid_integer')
    }
    return number
  })
}

/** A decimal number, kept as text. */
export function decimal() {
  return z.string().transform((value, context): string => {
    if (!/^-?\d{1,15}(\.\d{1,12})?$/.test(value)) return invalid(context, `Invalid decimal: ${value}`)
    return value
  })
}

/** True or false. */
export function flag() {
  return z.string().transform((value, context): boolean => {
    if (value !== 'true' && value !== 'false') return invalid(context, `Invalid boolean: ${value}`)
    return value === 'true'
  })
}

/** One of some words. */
export function choice<const Words extends readonly [string, ...string[]]>(...words: Words) {
  const schema = z.enum(words)
  return z.string().transform((value, context): Words[number] => {
    const read = schema.safeParse(value)
    if (read.success) return read.data
    const list = words.length === 1 ? words[0] : `one of ${words.slice(0, -1).join(', ')}, or ${words.at(-1)}`
    return invalid(context, `Invalid {param}: must be ${list}`)
  })
}

/** A currency; lower case, as Stripe writes it. */
export function currency() {
  return z.string().transform((value, context): string => {
    if (!/^[a-z]{3}$/i.test(value)) return invalid(context, `Invalid currency: ${value}`)
    return value.toLowerCase()
  })
}

/** A list, whose positions a form writes as names. */
export function list<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : value),
    z.array(item),
  )
}

/** Values by known names; any other is refused. */
export function hash<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape)
}

/** A value that an empty text removes: null then. */
export function clearable<T extends z.ZodType>(schema: T) {
  return z.union([z.literal('').transform(() => null), schema])
}

/** A caller's own keys and values; an empty value removes a key, an empty text all of them. */
export function metadata() {
  const words = z.record(z.string(), z.string()).transform((value, context) => {
    const entries = Object.entries(value)
    if (entries.length > 50) return invalid(context, 'Metadata can have up to 50 keys')
    for (const [key, word] of entries) {
      if (key.length > 40) return invalid(context, `Metadata keys can have up to 40 characters: ${key}`)
      if (word.length > 500) return invalid(context, `Metadata values can have up to 500 characters: ${key}`)
    }
    return { ...value }
  })
  return z.union([z.literal('').transform(() => null), words])
}

/** Metadata after a change; `changes` null empties it. */
export function mergeMetadata(
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string>> | null | undefined,
): Record<string, string> {
  if (changes === null) return {}
  return Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== ''))
}

/** A postal address; what is left out is null. */
export function address() {
  const part = clearable(text()).optional()
  return hash({ city: part, country: part, line1: part, line2: part, postal_code: part, state: part }).transform(
    (given) => ({
      city: given.city ?? null,
      country: given.country ?? null,
      line1: given.line1 ?? null,
      line2: given.line2 ?? null,
      postal_code: given.postal_code ?? null,
      state: given.state ?? null,
    }),
  )
}

/** The period of a list: all of one second, or between bounds. */
export function range() {
  return z.union([
    integer().transform((at) => ({ gte: at, lte: at })),
    hash({
      gt: integer().optional(),
      gte: integer().optional(),
      lt: integer().optional(),
      lte: integer().optional(),
    }),
  ])
}

/** Bounds of a time in seconds. */
export type Range = {
  gt?: number | undefined
  gte?: number | undefined
  lt?: number | undefined
  lte?: number | undefined
}
