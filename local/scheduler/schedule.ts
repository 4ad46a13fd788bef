import { Cron } from 'croner'

/** When a job runs. Cron schedules are in GMT, as pg_cron's are. */
export type Schedule =
  | { readonly kind: 'cron'; matches(minute: Date): boolean }
  | { readonly kind: 'interval'; readonly milliseconds: number }
  | { readonly kind: 'reboot' }

interface Field {
  readonly lowest: number
  readonly highest: number
  /** Words for the numbers from `lowest` on. */
  readonly names: readonly string[]
}

const fields: readonly Field[] = [
  { lowest: 0, highest: 59, names: [] },
  { lowest: 0, highest: 23, names: [] },
  { lowest: 1, highest: 31, names: [] },
  { lowest: 1, highest: 12, names: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ') },
  { lowest: 0, highest: 7, names: 'sun mon tue wed thu fri sat sun'.split(' ') },
]

const nicknames: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
])

/**
 * Reads a schedule as `cron.schedule` accepts it: five fields, `N seconds`, or a nickname such as `@hourly`. The
 * stand-in's `cron._schedule_is_valid` accepts exactly the same texts.
 *
 * @returns null for text that pg_cron would not have accepted
 */
export function parseSchedule(text: string): Schedule | null {
  const interval = /^\s*0*(\d{1,2})\s+seconds?\s*$/i.exec(text)
  if (interval) {
    const seconds = Number(interval[1])
    return seconds >= 1 && seconds <= 59 ? { kind: 'interval', milliseconds: seconds * 1000 } : null
  }
  const [first = '', ...others] = text.replace(/^[ \t\n]+/, '').split(/[ \t\n]+/)
  if (first === '@reboot') return { kind: 'reboot' }
  // What follows the fifth field is not looked at.
  const words = nicknames.get(first)?.split(' ') ?? [first, ...others].slice(0, 5)
  const pattern: string[] = []
  for (const [position, field] of fields.entries()) {
    const word = words[position] ?? ''
    if (position === 2 && word === '$') {
      pattern.push('L')
      continue
    }
    const values = expand(word, field)
    if (!values) return null
    // A field of backward ranges alone selects nothing, ever.
    if (values.length === 0) return { kind: 'cron', matches: () => false }
    pattern.push(values.join(','))
  }
  const cron = new Cron(pattern.join(' '), {
    paused: true,
    timezone: 'UTC',
    // Vixie's rule: either day matches, unless one of the two fields begins with a star.
    domAndDow: words[2]?.startsWith('*') || words[4]?.startsWith('*') || false,
  })
  return { kind: 'cron', matches: (minute) => cron.match(minute) }
}

/**
 * Numbers that a field selects. Vixie's reading: what follows a complete item is skipped, a range that runs backwards
 * is empty, and a step needs a star or a range before it.
 */
function expand(word: string, field: Field): number[] | null {
  const { lowest, highest } = field
  const isInside = (value: number) => value >= lowest && value <= highest
  const values = new Set<number>()
  let rest = word
  for (;;) {
    const item = /^(?:(\*)|([0-9a-z]+)(?:-([0-9a-z]*))?)(?:(\/)([0-9a-z]*))?/i.exec(rest)
    if (!item) return null
    const [all, star, from = '', to, slash, stepWord = ''] = item
    const first = star ? lowest : toNumber(from, field)
    const last = star ? highest : to === undefined ? first : toNumber(to, field)
    const step = slash ? (toNumber(stepWord) ?? 0) : 1
    if (first === null || last === null || !isInside(first) || !isInside(last) || step === 0) return null
    if (slash && !star && to === undefined) return null
    for (let value = first; value <= last; value += step) values.add(value)
    rest = rest.slice(all.length)
    if (!rest.startsWith(',')) return [...values].sort((a, b) => a - b)
    rest = rest.slice(1)
  }
}

function toNumber(word: string, field?: Field): number | null {
  const name = field?.names.indexOf(word.toLowerCase()) ?? -1
  if (field && name >= 0) return name + field.lowest
  return /^\d{1,9}$/.test(word) ? Number(word) : null
}
