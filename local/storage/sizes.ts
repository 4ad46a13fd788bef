const binary: Readonly<Record<string, number>> = { b: 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 }
const decimal: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9 }

/**
 * Reads a size of config.toml. The CLI takes `MB` and `MiB` alike for powers of two.
 *
 * @returns bytes; null when the text is no size
 */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])i?b?|(b))?$/i.exec(text.trim())
  if (!match) return null
  return Math.floor(Number(match[1]) * (binary[match[2] ? `${match[2].toLowerCase()}ib` : 'b'] ?? 1))
}

/**
 * Reads a size as the storage API takes it for a bucket's limit, in powers of ten: `20GB`, `20MB`, `30KB`, `3B`.
 *
 * @returns bytes; null when the text is no size
 */
export function parseApiSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(gb|mb|kb|b)$/i.exec(text)
  if (!match) return null
  return Math.floor(Number(Number(match[1]).toPrecision(3)) * (decimal[match[2]?.toLowerCase() ?? ''] ?? 1))
}
