import { html } from 'hono/html'
import type { Html } from '../../hosted_page.ts'
import { groupDigits, testCards } from './test_cards.ts'

/** What was typed about a card. */
export interface CardInput {
  readonly number: string
  readonly expiry: string
  readonly cvc: string
  readonly name: string
  /** ISO 3166 code, or empty. */
  readonly country: string
}

/** A card that can be charged. */
export interface TypedCard {
  readonly number: string
  readonly expMonth: number
  readonly expYear: number
  readonly cvc: string
  readonly name: string
  readonly country: string
}

/** What is wrong with the fields of a form, by the name of the field. */
export type Problems = Readonly<Record<string, string>>

const countries: readonly (readonly [string, string])[] = [
  ['DE', 'Germany'],
  ['FR', 'France'],
  ['GB', 'United Kingdom'],
  ['IN', 'India'],
  ['JP', 'Japan'],
  ['KW', 'Kuwait'],
  ['NG', 'Nigeria'],
  ['US', 'United States'],
]

/** An empty card form. */
export const noCard: CardInput = { number: '', expiry: '', cvc: '', name: '', country: 'US' }

/** What a form sent about a card. A button of the list of test cards fills the fields in. */
export function readCardInput(form: URLSearchParams): CardInput {
  const text = (name: string) => form.get(name)?.trim() ?? ''
  const input = {
    number: text('number'),
    expiry: text('expiry'),
    cvc: text('cvc'),
    name: text('name'),
    country: text('country'),
  }
  const filled = form.get('fill')
  if (filled === null) return input
  return { ...input, number: groupDigits(filled), expiry: '12 / 40', cvc: '123', name: input.name || 'Test Person' }
}

/**
 * Checks a typed card the way Stripe's form does, before anything is charged.
 *
 * @param now seconds since 1970
 */
export function parseCard(input: CardInput, now: number): { card: TypedCard } | { problems: Problems } {
  const number = input.number.replace(/[\s-]/g, '')
  const expiry = readExpiry(input.expiry)
  const problems: Record<string, string> = {}
  if (number === '') problems.number = 'Your card number is incomplete.'
  else if (!/^\d{13,19}$/.test(number) || !passesLuhn(number)) problems.number = 'Your card number is invalid.'
  if (expiry === null) problems.expiry = 'Write it as MM / YY.'
  else if (isPast(expiry, now)) problems.expiry = 'Your card’s expiration date is in the past.'
  if (!/^\d{3,4}$/.test(input.cvc)) problems.cvc = 'Your card’s security code has three or four digits.'
  if (input.name === '') problems.name = 'Write the name that stands on the card.'
  if (Object.keys(problems).length > 0 || expiry === null) return { problems }
  return { card: { number, ...expiry, cvc: input.cvc, name: input.name, country: input.country } }
}

function readExpiry(text: string): { expMonth: number; expYear: number } | null {
  const found = /^(\d{1,2})\s*[/-]?\s*(\d{4}|\d{2})$/.exec(text)
  const expMonth = Number(found?.[1])
  const year = Number(found?.[2])
  if (!found || expMonth < 1 || expMonth > 12) return null
  return { expMonth, expYear: year < 100 ? 2000 + year : year }
}

function isPast({ expMonth, expYear }: { expMonth: number; expYear: number }, now: number): boolean {
  // A card is good until its month is over.
  return Date.UTC(expYear, expMonth) / 1000 <= now
}

function passesLuhn(number: string): boolean {
  const sum = [...number].reverse().reduce((total, character, index) => {
    const digit = Number(character) * (index % 2 === 0 ? 1 : 2)
    return total + (digit > 9 ? digit - 9 : digit)
  }, 0)
  return sum % 10 === 0
}

/** A labelled field with what is wrong with it. */
export function field(options: {
  name: string
  label: string
  value: string
  problems: Problems
  attributes?: Html
}): Html {
  const { name, label, value, problems, attributes = html`` } = options
  const problem = problems[name]
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${value}"
      ${problem === undefined ? '' : html`aria-invalid="true" aria-describedby="${name}-problem"`}
      ${attributes}
    />
    ${problem === undefined ? '' : html`<p class="problem" id="${name}-problem">${problem}</p>`}
  </div>`
}

/** The fields of a card. */
export function cardFields(input: CardInput, problems: Problems): Html {
  const isOther = input.country !== '' && !countries.some(([code]) => code === input.country)
  const options = isOther ? [...countries, [input.country, input.country] as const] : countries
  return html`<fieldset class="card-fields">
    <legend>Card</legend>
    ${field({
      name: 'number',
      label: 'Card number',
      value: input.number,
      problems,
      attributes: html`inputmode="numeric" autocomplete="cc-number" placeholder="1234 1234 1234 1234"`,
    })}
    <div class="pair">
      ${field({
        name: 'expiry',
        label: 'Expiry date',
        value: input.expiry,
        problems,
        attributes: html`inputmode="numeric" autocomplete="cc-exp" placeholder="MM / YY"`,
      })}
      ${field({
        name: 'cvc',
        label: 'Security code',
        value: input.cvc,
        problems,
        attributes: html`inputmode="numeric" autocomplete="cc-csc" placeholder="CVC"`,
      })}
    </div>
    ${field({
      name: 'name',
      label: 'Name on the card',
      value: input.name,
      problems,
      attributes: html`autocomplete="cc-name"`,
    })}
    <div class="field">
      <label for="country">Country</label>
      <select id="country" name="country" autocomplete="country">
        ${options.map(
          ([code, title]) =>
            html`<option value="${code}" ${code === input.country ? html`selected` : ''}>${title}</option>`,
        )}
      </select>
    </div>
  </fieldset>`
}

/**
 * The list of test cards. It stands after the form, so that Enter in a field presses the form's own button.
 *
 * @param formId the form that a card is filled into
 */
export function testCardList(formId: string): Html {
  return html`<section class="test-cards" aria-labelledby="test-cards">
    <h2 id="test-cards">Test cards</h2>
    <p class="soft">A card of this list fills the form in. Other numbers are declined, as in Stripe’s test mode.</p>
    <ul>
      ${testCards.map(
        ({ number, effect }) =>
          html`<li>
            <button form="${formId}" name="fill" value="${number}" formnovalidate>
              <code>${groupDigits(number)}</code><span>${effect}</span>
            </button>
          </li>`,
      )}
    </ul>
  </section>`
}
