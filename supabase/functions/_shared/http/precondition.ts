import { z } from '@hono/zod-openapi'
import { AppError } from './app_error.ts'

/** Header of a route that changes something only if nobody else did meanwhile, for its `request` in the API document. */
export const ifMatchHeader = z.object({
  'if-match': z.string().max(100).optional().openapi({
    description: 'The `etag` of the answer that the change is based on; 412 when somebody changed it since',
    example: '"2026-01-31T09:30:00.123456+00:00"',
  }),
})

/** The name of a version of a row. @param updatedAt as the database tells it, with all digits */
export const versionTag = (updatedAt: string) => `"${updatedAt}"`

/**
 * The version that `If-Match` asks for, to compare with `updated_at`; null when any will do.
 *
 * @throws {AppError} 400 `invalid_request` for what no answer of ours was named
 */
export function wantedVersion(ifMatch: string | undefined): string | null {
  if (ifMatch === undefined || ifMatch.trim() === '*') return null
  const version = /^"([^"]+)"$/.exec(ifMatch.trim())?.[1]
  if (version !== undefined && z.iso.datetime({ offset: true }).safeParse(version).success) return version
  throw new AppError(400, 'invalid_request', 'Cannot read header If-Match: it is not valid', {
    hint: 'Send the etag of the answer that the change is based on',
  })
}

/** What a change is answered with that is based on an older version. */
export const preconditionFailed = (what: string) =>
  new AppError(412, 'precondition_failed', `Cannot change ${what}: somebody changed it since`, {
    hint: 'Read it again and repeat the change',
  })
