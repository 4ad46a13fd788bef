const unitsInMilliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

const wholeDuration = /^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/

/**
 * Reads a duration as config.toml and the admin API write it (`1s`, `720h`, `1h30m`).
 *
 * @returns milliseconds, or null when the text is no duration
 */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0
  if (!wholeDuration.test(text)) return null
  const sign = text.startsWith('-') ? -1 : 1
  let total = 0
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (unitsInMilliseconds[unit ?? ''] ?? Number.NaN)
  }
  return sign * total
}
