import type { StorageRequest } from './http.ts'

/** Part of a file that a range names; `null` for the whole. */
export type ByteRange = { readonly start: number; readonly end: number } | null

/** True when the client has this version already, so that 304 answers. */
export function isUnchanged(request: StorageRequest, etag: string, lastModified: Date): boolean {
  const ifNoneMatch = request.header('if-none-match')
  if (ifNoneMatch !== undefined) {
    const wanted = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
    return wanted.includes('*') || wanted.includes(etag)
  }
  const since = Date.parse(request.header('if-modified-since') ?? '')
  // HTTP's times have whole seconds.
  return !Number.isNaN(since) && Math.floor(lastModified.getTime() / 1000) * 1000 <= since
}

/**
 * Reads a `Range` header. Several ranges at once, or another version's (`If-Range`), mean the whole file.
 *
 * @returns `unsatisfiable` when the range lies outside of the file
 */
export function readRange(
  request: StorageRequest,
  file: { readonly size: number; readonly etag: string; readonly lastModified: Date },
): ByteRange | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(request.header('range')?.trim() ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return null
  const condition = request.header('if-range')
  if (condition !== undefined && condition !== file.etag && condition !== file.lastModified.toUTCString()) return null
  const [first, last] = [match[1] ?? '', match[2] ?? '']
  const start = first === '' ? Math.max(0, file.size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? file.size - 1 : Math.min(Number(last), file.size - 1)
  if (start >= file.size || (first === '' && Number(last) === 0)) return 'unsatisfiable'
  // A range that ends before it starts is no range.
  return end < start ? null : { start, end }
}
