import { z } from 'zod'
import { refuse } from './razorpay_error.ts'

const objectSchema = z.record(z.string(), z.unknown())

/** A body of a call, read field by field in the words in which Razorpay refuses. */
export interface RazorpayBody {
  /** Whole number of the smallest unit. @throws {RazorpayError} */
  amount(name: string, smallest: number): number
  has(name: string): boolean
  /** Three capital letters. @throws {RazorpayError} */
  currency(): string
  /** @throws {RazorpayError} */
  text(name: string, longest: number): string | null
  /** @throws {RazorpayError} */
  choice<T extends string>(name: string, values: readonly T[], fallback: T): T
  /** Name and value pairs, 15 at most. @throws {RazorpayError} */
  notes(): Record<string, string>
  flag(name: string): boolean
  object(name: string): RazorpayBody
  moment(name: string): number | null
}

/**
 * Reads a JSON body.
 *
 * @param known fields that the call takes; others are refused, as Razorpay does
 * @throws {RazorpayError}
 */
export function readBody(text: string, known: readonly string[]): RazorpayBody {
  const parsed = objectSchema.safeParse(text.trim() === '' ? {} : parseJson(text))
  if (!parsed.success) return refuse('The request body is not valid JSON')
  const strangers = Object.keys(parsed.data).filter((name) => !known.includes(name))
  if (strangers.length > 0) return refuse(`${strangers.join(', ')} is/are not required and should not be sent`)
  return bodyOf(parsed.data)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function bodyOf(fields: Readonly<Record<string, unknown>>): RazorpayBody {
  const given = (name: string) => fields[name] ?? null
  return {
    has: (name) => given(name) !== null,
    amount(name, smallest) {
      const value = given(name)
      if (value === null || value === '') return refuse(`The ${name} field is required.`, name)
      const amount = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
      if (typeof amount !== 'number' || !Number.isSafeInteger(amount)) {
        return refuse(`The ${name} must be an integer.`, name)
      }
      if (amount < smallest) return refuse(`The ${name} must be atleast INR ${(smallest / 100).toFixed(2)}`, name)
      return amount
    },
    currency() {
      const value = given('currency')
      if (value === null || value === '') return refuse('The currency field is required.', 'currency')
      if (typeof value !== 'string' || !/^[A-Z]{3}$/.test(value)) return refuse('The currency is invalid.', 'currency')
      return value
    },
    text(name, longest) {
      const value = given(name)
      if (value === null) return null
      if (typeof value !== 'string') return refuse(`The ${name} must be a string.`, name)
      if (value.length > longest) return refuse(`The ${name} may not be greater than ${longest} characters.`, name)
      return value
    },
    choice(name, values, fallback) {
      const value = given(name)
      if (value === null) return fallback
      return values.find((candidate) => candidate === value) ?? refuse(`The selected ${name} is invalid.`, name)
    },
    notes() {
      const value = given('notes')
      // An empty list is what its own answers say for "none".
      if (value === null || (Array.isArray(value) && value.length === 0)) return {}
      const parsed = z.record(z.string(), z.union([z.string(), z.number()])).safeParse(value)
      if (!parsed.success) return refuse('Notes must be an array', 'notes')
      const pairs = Object.entries(parsed.data).map(([name, text]): [string, string] => [name, String(text)])
      if (pairs.length > 15) return refuse('The notes may not have more than 15 key/value pairs.', 'notes')
      if (pairs.some(([, text]) => text.length > 256)) {
        return refuse('The notes values may not be greater than 256 characters.', 'notes')
      }
      return Object.fromEntries(pairs)
    },
    flag: (name) => [true, 1, '1'].some((yes) => yes === given(name)),
    object: (name) => bodyOf(objectSchema.safeParse(given(name)).data ?? {}),
    moment(name) {
      const value = given(name)
      if (value === null) return null
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return refuse(`${name} must be a timestamp`, name)
      return value
    },
  }
}
