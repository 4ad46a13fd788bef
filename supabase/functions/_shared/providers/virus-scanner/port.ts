/** What a scanner found in a file. */
export interface ScanResult {
  readonly verdict: 'clean' | 'infected'
  /** The scanner's name of what it found; null when it found nothing. */
  readonly finding: string | null
  /** Engine and version of its signatures, such as `ClamAV 1.4.3/27500/Sat Nov 21 08:00:00 2026`. */
  readonly engine: string
}

/** What each scan is called with. */
export interface ScanOptions {
  /** Size of the whole content. */
  readonly sizeBytes: number
  readonly signal: AbortSignal
}

/** Looks for viruses. Never retries: the job does. A file that it did not call clean is not clean. */
export interface VirusScanner {
  readonly provider: string
  /** Engine and version of its signatures. @throws {ProviderError} when it would not scan now */
  version(signal: AbortSignal): Promise<string>
  /**
   * Reads the content once, a piece at a time. Gives it up (`cancel`) when it ends early.
   *
   * @throws {ProviderError} `refused` with vendor code `size_limit` when the content is larger than the scanner takes;
   *   every other failure says nothing about the content
   */
  scan(content: ReadableStream<Uint8Array>, options: ScanOptions): Promise<ScanResult>
}
