import { html } from 'hono/html'
import type { Html } from '../../hosted_page.ts'
import { totalRow } from './checkout_page.ts'
import { type Page, stage, trouble } from './frame.ts'

/** A price that one can change to. */
export interface PlanChoice {
  readonly priceId: string
  readonly title: string
  readonly price: string
  readonly isCurrent: boolean
}

/** What the page with the plans shows. */
export interface PlanView {
  /** The portal's address, to go back to. */
  readonly base: string
  readonly action: string
  readonly choices: readonly PlanChoice[]
  readonly chosen: string
  /** How many seats; null when the number cannot be changed here. */
  readonly quantity: number | null
  readonly trouble: string | null
}

/** The page where one chooses another plan. */
export function planPage(view: PlanView): Page {
  return {
    title: 'Change plan',
    content: html`<div class="card narrow">
      ${stage}
      <h1>Change plan</h1>
      ${trouble(view.trouble)}
      <form method="get" action="${view.action}">
        <fieldset class="methods">
          <legend>Plan</legend>
          ${view.choices.map((choice) => planChoice(choice, view.chosen))}
        </fieldset>
        ${
          view.quantity === null
            ? ''
            : html`<div class="field">
                <label for="quantity">Quantity</label>
                <input id="quantity" name="quantity" type="number" min="1" max="999999" value="${view.quantity}" />
              </div>`
        }
        <div class="buttons">
          <button class="primary">Continue</button>
          <a class="button" href="${view.base}">Back</a>
        </div>
      </form>
    </div>`,
  }
}

function planChoice({ priceId, title, price, isCurrent }: PlanChoice, chosen: string): Html {
  return html`<label class="check"
    ><input type="radio" name="price" value="${priceId}" ${priceId === chosen ? html`checked` : ''} /><span
      ><strong>${title}</strong> ${isCurrent ? html`<span class="badge">Current plan</span>` : ''}<small
        >${price}</small
      ></span
    ></label
  >`
}

/** What a change of plan costs, before it is made. */
export interface PlanChangeView {
  readonly base: string
  /** Where one goes back to choose again. */
  readonly backPath: string
  readonly action: string
  /** The new plan, such as "Business". */
  readonly title: string
  readonly price: string
  /** Chosen price and quantity, sent along again. */
  readonly fields: Readonly<Record<string, string>>
  /** Lines of the preview. */
  readonly lines: readonly { readonly title: string; readonly amount: string }[]
  /** Such as "Due today" or "Next invoice on 5 December 2026". */
  readonly totalLabel: string
  readonly total: string
  readonly note: string | null
  readonly trouble: string | null
}

/** The page that shows what a change of plan costs, and makes it. */
export function planChangePage(view: PlanChangeView): Page {
  return {
    title: 'Confirm the change',
    content: html`<div class="card narrow">
      ${stage}
      <h1>Confirm the change</h1>
      ${trouble(view.trouble)}
      <p>
        Your plan becomes <strong>${view.title}</strong>, ${view.price}.
        ${view.note === null ? '' : html`<span class="soft">${view.note}</span>`}
      </p>
      <table class="lines">
        <caption class="visually-hidden">
          What the change costs
        </caption>
        <tbody>
          ${view.lines.map(({ title, amount }) => totalRow(title, amount))}
        </tbody>
        <tfoot>
          ${totalRow(view.totalLabel, view.total, 'total')}
        </tfoot>
      </table>
      <form method="post" action="${view.action}" class="buttons">
        ${Object.entries(view.fields).map(
          ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
        )}
        <button class="primary">Confirm</button>
        <a class="button" href="${view.backPath}">Back</a>
      </form>
    </div>`,
  }
}
