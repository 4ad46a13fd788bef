import { validationFailed } from './errors.ts'
import type { AuthRequest } from './http.ts'

/** Which part of a list a request asks for. */
export interface Page {
  readonly limit: number
  readonly offset: number
  /** Headers that name the count and the neighbouring pages. */
  headers(path: string, total: number): Record<string, string>
}

/** Reads `page` and `per_page`. @throws {AuthError} `validation_failed` for what is no number */
export function readPage(request: AuthRequest): Page {
  const page = readPositive(request, 'page', 1)
  const size = Math.min(readPositive(request, 'per_page', 50), 1000)
  return {
    limit: size,
    offset: (page - 1) * size,
    headers(path, total) {
      const last = Math.max(1, Math.ceil(total / size))
      const link = (to: number, rel: string) => `<${path}?page=${to}&per_page=${size}>; rel="${rel}"`
      const links = [...(page < last ? [link(page + 1, 'next')] : []), link(last, 'last')]
      return { 'x-total-count': String(total), link: links.join(', ') }
    },
  }
}

function readPositive(request: AuthRequest, name: string, fallback: number): number {
  const value = request.query.get(name)
  if (value === null || value === '') return fallback
  if (!/^\d{1,9}$/.test(value)) throw validationFailed(`Bad Pagination Parameters: "${value}" is no number`)
  return Math.max(1, Number(value))
}
