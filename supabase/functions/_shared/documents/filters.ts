import type { FilterImplOptions } from 'liquidjs'
import { z } from 'zod'
import { minorDigits } from './minor_digits.ts'

/** Where and when a document is made: decides how amounts and dates are written. */
export interface DocumentLocale {
  /** BCP 47, such as `en-NG`. */
  readonly locale: string
  /** IANA name. */
  readonly timeZone: string
}

const dateStyles = ['full', 'long', 'medium', 'short'] as const
const currencySchema = z.string().regex(/^[A-Z]{3}$/)

/**
 * Filters of templates beside Liquid's own: `money: currency` of minor units, `number`, `percent` of a share, `country`
 * of a code, `date: style`, `date_time: style`.
 *
 * @throws {TypeError} from a filter for a value that it cannot write
 */
export function localFilters({ locale, timeZone }: DocumentLocale): Readonly<Record<string, FilterImplOptions>> {
  return {
    money: (minor: unknown, given: unknown) => {
      const currency = currencySchema.parse(given)
      const digits = minorDigits(currency)
      return new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        currencyDisplay: 'narrowSymbol',
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }).format(toNumber(minor) / 10 ** digits)
    },
    number: (value: unknown, digits: unknown) =>
      new Intl.NumberFormat(locale, {
        maximumFractionDigits: digits === undefined ? 2 : Math.min(Math.max(Math.trunc(toNumber(digits)), 0), 6),
      }).format(toNumber(value)),
    percent: (share: unknown) =>
      new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(toNumber(share)),
    country: (code: unknown) => {
      const region = z
        .string()
        .regex(/^[A-Z]{2}$/)
        .parse(code)
      return new Intl.DisplayNames(locale, { type: 'region' }).of(region) ?? region
    },
    date: (value: unknown, style: unknown) => {
      const { date, isDay } = toDate(value)
      const options = { dateStyle: styleOf(style, 'long'), timeZone: isDay ? 'UTC' : timeZone }
      return new Intl.DateTimeFormat(locale, options).format(date)
    },
    date_time: (value: unknown, style: unknown) => {
      const options = { dateStyle: styleOf(style, 'medium'), timeStyle: 'short', timeZone } as const
      return new Intl.DateTimeFormat(locale, options).format(toDate(value).date)
    },
  }
}

function toNumber(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) throw new TypeError('the value is no number')
  return number
}

/** A date without a time is a day: it is the same one in every time zone. */
function toDate(value: unknown): { date: Date; isDay: boolean } {
  const date = value instanceof Date ? value : new Date(typeof value === 'string' ? value : Number.NaN)
  if (Number.isNaN(date.getTime())) throw new TypeError('the value is no date')
  return { date, isDay: typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) }
}

function styleOf(style: unknown, usual: (typeof dateStyles)[number]): (typeof dateStyles)[number] {
  if (style === undefined) return usual
  const found = dateStyles.find((known) => known === style)
  if (!found) throw new TypeError(`the styles of dates are ${dateStyles.join(', ')}`)
  return found
}
