import { html } from 'hono/html'
import { type CardInput, cardFields, type Problems, testCardList } from './card_form.ts'
import { type CheckoutLine, lineRow, totalRow } from './checkout_page.ts'
import { notice, type Page, stage, trouble } from './frame.ts'
import { type Badge, badge } from './portal_page.ts'

/** What the page of an invoice shows. */
export interface InvoiceView {
  readonly action: string
  readonly number: string
  readonly badge: Badge
  readonly customer: string
  readonly facts: readonly (readonly [string, string])[]
  readonly lines: readonly CheckoutLine[]
  /** Subtotal, tax, paid and so on. */
  readonly sums: readonly (readonly [string, string])[]
  readonly total: string
  /** What is left to be paid. */
  readonly due: string
  /** Whether it can be paid here. */
  readonly isPayable: boolean
  readonly links: readonly { readonly href: string; readonly label: string }[]
}

const formId = 'invoice'

/** The page of an invoice, where an open one can be paid. */
export function invoicePage(
  view: InvoiceView,
  form: { card: CardInput; problems: Problems; trouble: string | null; notice: string | null },
): Page {
  return {
    title: `Invoice ${view.number}`,
    content: html`<div class="columns">
      <section class="summary" aria-label="Invoice">
        ${stage}
        <h1>Invoice ${view.number}</h1>
        <p class="price">${view.total} ${badge(view.badge)}</p>
        <dl class="facts">
          <dt>To</dt>
          <dd>${view.customer}</dd>
          ${view.facts.map(
            ([name, value]) =>
              html`<dt>${name}</dt>
                <dd>${value}</dd>`,
          )}
        </dl>
        <table class="lines">
          <caption class="visually-hidden">
            Lines of the invoice
          </caption>
          <tbody>
            ${view.lines.map(lineRow)}
          </tbody>
          <tfoot>
            ${view.sums.map(([label, amount]) => totalRow(label, amount))} ${totalRow('Amount due', view.due, 'total')}
          </tfoot>
        </table>
      </section>
      <div class="card">
        ${notice(form.notice)}
        ${
          view.isPayable
            ? html`<h2>Pay with card</h2>
                ${trouble(form.trouble)}
                <form method="post" action="${view.action}" id="${formId}" novalidate>
                  ${cardFields(form.card, form.problems)}
                  <button class="primary wide" name="action" value="pay">Pay ${view.due}</button>
                </form>
                ${testCardList(formId)}`
            : html`<h2>Nothing is to be paid</h2>`
        }
        <ul class="buttons links">
          ${view.links.map(({ href, label }) => html`<li><a class="button" href="${href}">${label}</a></li>`)}
        </ul>
      </div>
    </div>`,
  }
}
