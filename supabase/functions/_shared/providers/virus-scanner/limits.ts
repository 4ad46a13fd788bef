import { ProviderError } from '../provider_error.ts'
import type { ScanOptions } from './port.ts'

/** Longest time of one scan, its transfer included; an attempt of a job has 45 seconds. */
export const scanTimeoutMs = 40_000

/** What a scanner answers, and what it must not grow beyond. */
export const maxReplyBytes = 64 * 1024

/** The error for content that no repetition makes smaller. */
export function tooLarge(provider: string): ProviderError {
  return new ProviderError(provider, 'refused', 'Cannot scan: the content is larger than the scanner takes', {
    vendorCode: 'size_limit',
  })
}

/**
 * Gives the content up before anything is sent when it is too large: scanners call what is beyond their limits clean.
 *
 * @throws {ProviderError} `refused`, `size_limit`
 */
export async function requireSize(
  provider: string,
  content: ReadableStream<Uint8Array>,
  { sizeBytes }: ScanOptions,
  maxBytes: number,
): Promise<void> {
  if (sizeBytes <= maxBytes) return
  await content.cancel()
  throw tooLarge(provider)
}
