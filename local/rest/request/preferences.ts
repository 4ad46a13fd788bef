import type { Header } from '../errors.ts'

/** What the `Prefer` header asks for. */
export interface Preferences {
  readonly resolution: 'merge-duplicates' | 'ignore-duplicates' | null
  readonly representation: 'representation' | 'minimal' | 'headers-only' | null
  readonly count: 'exact' | 'planned' | 'estimated' | null
  readonly transaction: 'commit' | 'rollback' | null
  readonly missing: 'default' | 'null' | null
  readonly handling: 'strict' | 'lenient' | null
  readonly timezone: string | null
  readonly maxAffected: number | null
  /** Preferences that are not known. */
  readonly invalid: readonly string[]
}

const resolutions = ['merge-duplicates', 'ignore-duplicates'] as const
const representations = ['representation', 'minimal', 'headers-only'] as const
const counts = ['exact', 'planned', 'estimated'] as const
const transactions = ['commit', 'rollback'] as const
const missings = ['default', 'null'] as const
const handlings = ['strict', 'lenient'] as const

const known = new Set([
  ...resolutions.map((value) => `resolution=${value}`),
  ...representations.map((value) => `return=${value}`),
  ...counts.map((value) => `count=${value}`),
  ...transactions.map((value) => `tx=${value}`),
  ...missings.map((value) => `missing=${value}`),
  ...handlings.map((value) => `handling=${value}`),
])

/** No preference at all. */
export const noPreferences: Preferences = {
  resolution: null,
  representation: null,
  count: null,
  transaction: null,
  missing: null,
  handling: null,
  timezone: null,
  maxAffected: null,
  invalid: [],
}

/**
 * Reads a `Prefer` header. Of a preference given twice the first counts.
 *
 * @param header all `Prefer` headers, joined by commas
 * @param allowTransaction whether the client may choose how its transaction ends
 */
export function parsePreferences(header: string | undefined, allowTransaction: boolean): Preferences {
  if (header === undefined) return noPreferences
  const given = header.split(',').map((preference) => preference.trim())
  const pick = <T extends string>(name: string, values: readonly T[]): T | null => {
    for (const preference of given) {
      const value = values.find((candidate) => preference === `${name}=${candidate}`)
      if (value !== undefined) return value
    }
    return null
  }
  const textOf = (name: string) =>
    given.find((preference) => preference.startsWith(`${name}=`))?.slice(name.length + 1) ?? null
  const maxAffected = textOf('max-affected')
  return {
    resolution: pick('resolution', resolutions),
    representation: pick('return', representations),
    count: pick('count', counts),
    transaction: allowTransaction ? pick('tx', transactions) : null,
    missing: pick('missing', missings),
    handling: pick('handling', handlings),
    timezone: textOf('timezone'),
    maxAffected: maxAffected !== null && /^\s*-?\d+\s*$/.test(maxAffected) ? Number(maxAffected) : null,
    invalid: given.filter(
      (preference) =>
        !known.has(preference) && !preference.startsWith('timezone=') && !preference.startsWith('max-affected='),
    ),
  }
}

/** The `Preference-Applied` header; null when none of the preferences had an effect. */
export function preferenceApplied(applied: Preferences): Header | null {
  const parts = [
    applied.resolution && `resolution=${applied.resolution}`,
    applied.missing && `missing=${applied.missing}`,
    applied.representation && `return=${applied.representation}`,
    applied.count && `count=${applied.count}`,
    applied.transaction && `tx=${applied.transaction}`,
    applied.handling && `handling=${applied.handling}`,
    applied.timezone && `timezone=${applied.timezone}`,
    applied.handling === 'strict' && applied.maxAffected !== null && `max-affected=${applied.maxAffected}`,
  ].filter((part): part is string => typeof part === 'string')
  return parts.length === 0 ? null : ['Preference-Applied', parts.join(', ')]
}
