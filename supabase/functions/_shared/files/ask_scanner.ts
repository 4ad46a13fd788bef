import { JobError } from '../platform/mod.ts'
import { ProviderError } from '../providers/mod.ts'
import type { ScanOptions, ScanResult, VirusScanner } from '../providers/virus-scanner/mod.ts'

/** How long a job waits for a scanner that is away. */
const waitSeconds = 120

const later = (message: string, cause?: unknown) =>
  new JobError(message, { isPostponement: true, retryAfterSeconds: waitSeconds, cause })

/**
 * Has content scanned, for a job.
 *
 * @param scanner null when none is set up
 * @returns a finding where the content is larger than the scanner takes, too
 * @throws {JobError} that asks to come later while the scanner is away: nothing is known of the content then
 */
export async function askScanner(
  scanner: VirusScanner | null,
  content: ReadableStream<Uint8Array>,
  options: ScanOptions,
): Promise<Pick<ScanResult, 'engine' | 'finding'>> {
  if (!scanner) {
    await content.cancel()
    throw later('No virus scanner is set up')
  }
  try {
    return await scanner.scan(content, options)
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    if (error.vendorCode === 'size_limit') {
      return { engine: await scanner.version(options.signal), finding: 'too_large: the virus scanner does not take it' }
    }
    // A wrong setting is set right by an operator as a daemon is started again: neither is the upload's fault.
    if (error.failure === 'aborted') throw error
    throw later(error.message, error)
  }
}
