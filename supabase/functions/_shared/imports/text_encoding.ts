import { AppError } from '../http/mod.ts'

/** Encodings of CSV files, by the names that `TextDecoder` knows. */
export const importEncodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const

/** An encoding of a CSV file. */
export type ImportEncoding = (typeof importEncodings)[number]

/** How the bytes of a file become text. */
export interface FoundEncoding {
  readonly encoding: ImportEncoding
  /** Bytes of the mark at the beginning, which is no text. */
  readonly markBytes: number
}

/**
 * Finds the encoding from the beginning of a file: by its byte order mark, by the zeros of UTF-16, as UTF-8 when it is
 * valid, else Windows-1252, in which spreadsheets write on Windows.
 *
 * @param bytes the beginning, some ten thousand bytes
 * @throws {AppError} 422 `import_file_not_text` for what cannot be text
 */
export function findEncoding(bytes: Uint8Array): FoundEncoding {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: 'utf-8', markBytes: 3 }
  if (first === 0xff && second === 0xfe) return { encoding: 'utf-16le', markBytes: 2 }
  if (first === 0xfe && second === 0xff) return { encoding: 'utf-16be', markBytes: 2 }
  const zeros = [0, 0]
  let controls = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
    else if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) controls += 1
  }
  const [even = 0, odd = 0] = zeros
  // Latin letters have a zero in every second byte.
  if (odd > bytes.length / 5 && even < odd / 10) return { encoding: 'utf-16le', markBytes: 0 }
  if (even > bytes.length / 5 && odd < even / 10) return { encoding: 'utf-16be', markBytes: 0 }
  if (even + odd + controls > bytes.length / 100) {
    throw new AppError(422, 'import_file_not_text', 'Cannot read file: it is neither CSV nor an Excel workbook', {
      hint: 'Save the list as CSV (UTF-8) or as .xlsx',
    })
  }
  return { encoding: isUtf8(bytes) ? 'utf-8' : 'windows-1252', markBytes: 0 }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    // As a stream: the last character may be cut off.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

/** Decodes the bytes of a file piece by piece, and tells how many bytes a piece of text came from. */
export interface FileDecoder {
  /** @throws {AppError} 422 `import_encoding_invalid` */
  decode(bytes: Uint8Array, isLast: boolean): string
  byteLength(text: string): number
}

/** Makes the decoder of a file from the beginning or any character of it. */
export function fileDecoder(encoding: ImportEncoding): FileDecoder {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
  const encoder = new TextEncoder()
  return {
    decode(bytes, isLast) {
      try {
        return decoder.decode(bytes, { stream: !isLast })
      } catch (cause) {
        throw new AppError(422, 'import_encoding_invalid', `Cannot read file: it is not all in ${encoding}`, {
          hint: 'Save it as CSV UTF-8, or name its encoding in the format',
          cause,
        })
      }
    },
    byteLength(text) {
      if (encoding === 'windows-1252') return text.length
      return encoding === 'utf-8' ? encoder.encode(text).length : text.length * 2
    },
  }
}
