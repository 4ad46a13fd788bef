import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Core } from '../core.ts'
import type { Charge } from '../objects.ts'
import { moneyText } from '../pricing.ts'
import { totalRow } from './checkout_page.ts'
import { messagePage, type Page, showPage, stage } from './frame.ts'
import { formatCard, formatDate } from './wording.ts'

/** The receipts of payments, mounted at `/pages/receipts`. */
export function receiptRoutes(core: Core): Hono {
  const routes = new Hono()
  routes.get('/:id', (c) => {
    const charge = core.store.find('charge', c.req.param('id'))
    return showPage(c, charge?.receipt_url ? receiptPage(core, charge) : noReceipt)
  })
  return routes
}

function receiptPage(core: Core, charge: Charge): Page {
  const money = (amount: number) => moneyText(amount, charge.currency)
  const method = core.store.find('payment_method', charge.payment_method ?? '')
  return {
    title: 'Receipt',
    content: html`<div class="card narrow">
      ${stage}
      <h1>Receipt of ${money(charge.amount)}</h1>
      <dl class="facts">
        <dt>Paid</dt>
        <dd>${formatDate(charge.created)}</dd>
        ${
          method
            ? html`<dt>With</dt>
                <dd>${formatCard(method.card)}</dd>`
            : ''
        }
        <dt>Payment</dt>
        <dd>${charge.id}</dd>
      </dl>
      <table class="lines">
        <caption class="visually-hidden">
          Amounts
        </caption>
        <tbody>
          ${totalRow('Amount', money(charge.amount))}
          ${charge.amount_refunded > 0 ? totalRow('Refunded', money(-charge.amount_refunded)) : ''}
        </tbody>
        <tfoot>
          ${totalRow('Amount paid', money(charge.amount - charge.amount_refunded), 'total')}
        </tfoot>
      </table>
    </div>`,
  }
}

const noReceipt = messagePage({
  title: 'There is no such receipt',
  text: 'The sandbox forgets its receipts when it starts anew.',
  status: 404,
})
