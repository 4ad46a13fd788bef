import type { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'

/** One variant and its share: `weight` parts of the sum of all weights. */
export interface WeightedVariant {
  readonly variant: string
  readonly weight: number
}

/**
 * Where a unit stands between 0 (included) and 1 (excluded), for ever the same: the first 32 bits of the SHA-256 of
 * `<salt>:<unit>` as a fraction. The same number as `private.bucket` in the database.
 *
 * @param salt what is drawn for, such as `flag:new_editor`; another salt draws anew
 * @param unit id of a person or an organization
 */
export function bucket(salt: string, unit: string): number {
  const digest: Buffer = createHash('sha256').update(`${salt}:${unit}`, 'utf8').digest()
  return digest.readUInt32BE(0) / 2 ** 32
}

/**
 * Whether a point lies in a share. A greater share contains every smaller one.
 *
 * @param point of {@link bucket}
 * @param percentage 0 to 100, with two decimals at most
 */
export function isInShare(point: number, percentage: number): boolean {
  return point * 10_000 < Math.round(percentage * 100)
}

/**
 * The variant at a point. The variants share the range of 0 to 1 in their order, each as long as its weight.
 *
 * @param variants whole, non-negative weights of at most 10,000
 * @param point of {@link bucket}
 * @returns null when all weights are zero
 */
export function chooseVariant(variants: readonly WeightedVariant[], point: number): string | null {
  const total = variants.reduce((sum, { weight }) => sum + weight, 0)
  let upper = 0
  for (const { variant, weight } of variants) {
    upper += weight
    if (point * total < upper) return variant
  }
  return null
}
