import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from './app_error.ts'

/** The last row of a page: where the next one begins. */
export interface Position {
  /** Value of the field that the list is sorted by. */
  readonly value: string | number
  readonly id: string
}

const payload = z.tuple([z.string(), z.union([z.string().max(500), z.number()]), z.uuid()])

/** @param list everything that decides which rows come in which order; a cursor is valid for that alone */
export function writeCursor(list: string, { value, id }: Position): string {
  return Buffer.from(JSON.stringify([fingerprint(list), value, id])).toString('base64url')
}

/** @throws {AppError} 400 `cursor_invalid` when the cursor is none, or one of another list */
export function readCursor(list: string, cursor: string, valueSchema: z.ZodType): Position {
  const [mark, value, id] = decode(cursor)
  if (mark !== fingerprint(list)) throw invalid('it belongs to a list with another order or other filters')
  if (!valueSchema.safeParse(value).success) throw invalid('it does not hold a position of this list')
  return { value, id }
}

function decode(cursor: string): z.infer<typeof payload> {
  try {
    return payload.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch {
    throw invalid('it is not one that this list gave')
  }
}

function invalid(reason: string): AppError {
  return new AppError(400, 'cursor_invalid', `Cannot read list: the cursor is not valid, ${reason}`, {
    hint: 'Begin again without "cursor", and pass "next_cursor" on with the same parameters',
  })
}

const fingerprint = (list: string) => createHash('sha256').update(list).digest('base64url').slice(0, 12)
