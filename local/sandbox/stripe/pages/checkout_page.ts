import { html } from 'hono/html'
import type { Html } from '../../hosted_page.ts'
import { type CardInput, cardFields, field, type Problems, testCardList } from './card_form.ts'
import { type Page, stage, trouble } from './frame.ts'

/** A line of what is bought, with everything in words. */
export interface CheckoutLine {
  readonly title: string
  /** Such as "3 × $10.00 per month"; null for a single piece. */
  readonly detail: string | null
  readonly amount: string
}

/** What the checkout page shows. */
export interface CheckoutView {
  readonly mode: 'payment' | 'subscription' | 'setup'
  /** Where the form goes. */
  readonly action: string
  readonly lines: readonly CheckoutLine[]
  /** Subtotal, taxes, what comes after a trial. */
  readonly sums: readonly (readonly [label: string, amount: string])[]
  /** What is paid now; null in setup mode. */
  readonly dueNow: string | null
  /** The heading of the summary, such as "Subscribe to Pro". */
  readonly headline: string
  /** Large below the heading, such as "$20.00 per month" or "14 days free". */
  readonly price: string | null
  /** What comes later, such as "Then $20.00 per month from 5 December 2026"; null when nothing does. */
  readonly later: string | null
  readonly isTrial: boolean
  /** The shop's page to go back to. */
  readonly cancelUrl: string | null
  /** Address that cannot be changed here; null when it is asked. */
  readonly fixedEmail: string | null
  /** Cards that the customer saved. */
  readonly savedCards: readonly { readonly id: string; readonly label: string }[]
  /** Whether a card is asked at all; a free trial may go without. */
  readonly asksCard: boolean
  /** Whether one may have the card kept for later. */
  readonly offersSaving: boolean
}

/** What stands in the form. */
export interface CheckoutForm {
  readonly email: string
  readonly card: CardInput
  /** Id of a saved card, or `new`. */
  readonly method: string
  readonly savesCard: boolean
  readonly problems: Problems
  /** Why the last attempt failed. */
  readonly trouble: string | null
}

const formId = 'pay'

/** The page where one pays, subscribes or saves a card. */
export function checkoutPage(view: CheckoutView, form: CheckoutForm): Page {
  return {
    title: view.headline,
    content: html`<div class="columns">
      <section class="summary" aria-label="Order">${summary(view)}</section>
      <div class="card">
        <h2>${view.mode === 'setup' ? 'Card to save' : 'Pay with card'}</h2>
        ${trouble(form.trouble)}
        <form method="post" action="${view.action}" id="${formId}" novalidate>
          ${email(view, form)} ${view.asksCard ? cardChoice(view, form) : ''}
          ${
            view.offersSaving
              ? html`<label class="check"
                  ><input type="checkbox" name="saves_card" ${form.savesCard ? html`checked` : ''} /><span
                    >Save the card for later payments</span
                  ></label
                >`
              : ''
          }
          <button class="primary wide" name="action" value="pay">${submitLabel(view)}</button>
          ${
            view.mode === 'payment'
              ? ''
              : html`<p class="soft">The card may be charged for later payments until you take this back.</p>`
          }
        </form>
        ${view.asksCard ? testCardList(formId) : ''}
      </div>
    </div>`,
  }
}

function summary(view: CheckoutView): Html {
  return html`${stage}
    ${
      view.cancelUrl === null
        ? ''
        : html`<p><a class="back" href="${view.cancelUrl}">← Back to ${new URL(view.cancelUrl).host}</a></p>`
    }
    <h1>${view.headline}</h1>
    ${view.price === null ? '' : html`<p class="price">${view.price}</p>`}
    ${view.later === null ? '' : html`<p class="soft">${view.later}</p>`}
    ${view.lines.length === 0 ? '' : lines(view)}`
}

function lines(view: CheckoutView): Html {
  return html`<table class="lines">
    <caption class="visually-hidden">
      What you pay
    </caption>
    <tbody>
      ${view.lines.map(lineRow)}
    </tbody>
    <tfoot>
      ${view.sums.map(([label, amount]) => totalRow(label, amount))}
      ${view.dueNow === null ? '' : totalRow('Total due today', view.dueNow, 'total')}
    </tfoot>
  </table>`
}

/** A row of what is paid for. */
export function lineRow({ title, detail, amount }: CheckoutLine): Html {
  return html`<tr>
    <th scope="row">${title}${detail === null ? '' : html`<small>${detail}</small>`}</th>
    <td>${amount}</td>
  </tr>`
}

/** A line below the others. */
export function totalRow(label: string, amount: string, kind = ''): Html {
  return html`<tr class="${kind}">
    <th scope="row">${label}</th>
    <td>${amount}</td>
  </tr>`
}

function email(view: CheckoutView, form: CheckoutForm): Html {
  if (view.fixedEmail !== null) {
    return html`<dl class="facts">
      <dt>E-mail</dt>
      <dd>${view.fixedEmail}</dd>
    </dl>`
  }
  return field({
    name: 'email',
    label: 'E-mail',
    value: form.email,
    problems: form.problems,
    attributes: html`type="email" autocomplete="email" spellcheck="false"`,
  })
}

/** The saved cards, if there are any, and the fields of a new one, which CSS hides while a saved one is chosen. */
function cardChoice(view: CheckoutView, form: CheckoutForm): Html {
  if (view.savedCards.length === 0) {
    return html`<input type="hidden" name="method" value="new" />${cardFields(form.card, form.problems)}`
  }
  const choice = (value: string, label: string) =>
    html`<label class="check"
      ><input type="radio" name="method" value="${value}" ${form.method === value ? html`checked` : ''} /><span
        >${label}</span
      ></label
    >`
  return html`<fieldset class="methods">
      <legend>Pay with</legend>
      ${view.savedCards.map(({ id, label }) => choice(id, label))} ${choice('new', 'Another card')}
    </fieldset>
    ${cardFields(form.card, form.problems)}`
}

function submitLabel({ mode, dueNow, isTrial }: CheckoutView): string {
  if (mode === 'setup') return 'Save card'
  if (mode === 'payment') return `Pay ${dueNow}`
  return isTrial ? 'Start trial' : 'Subscribe'
}
