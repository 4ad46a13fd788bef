import { createHmac } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { type Html, hostedPage, hostedPagePolicy } from '../hosted_page.ts'
import { found, type RazorpayBank, refusalOf } from './razorpay_bank.ts'
import { nowInSeconds, type Order, type Payment, type RazorpayStore } from './razorpay_store.ts'

const successCard = '4111111111111111'

/**
 * The pages where a person pays or declines: `/checkout/<order>` in place of Checkout.js, with `callback_url` and
 * `cancel_url`, and `/links/<link>` behind the short address of a payment link.
 */
export function pageRoutes(store: RazorpayStore, bank: RazorpayBank): Hono {
  const routes = new Hono()

  const show = (c: Context, order: Order, trouble: string | null, status: 200 | 422 = 200) =>
    c.html(checkoutPage(order, trouble, safeUrl(c.req.query('cancel_url'))), status, {
      'content-security-policy': hostedPagePolicy,
    })

  const answer = (
    c: Context,
    order: Order,
    form: URLSearchParams,
    done: (payment: Payment) => Response | Promise<Response>,
  ) => {
    const tried = readAttempt(form)
    if ('trouble' in tried) return show(c, order, tried.trouble, 422)
    let payment: Payment
    try {
      payment = bank.pay(order, tried)
    } catch (error) {
      return show(c, order, refusalOf(error), 422)
    }
    if (payment.failure) return show(c, order, payment.failure.description, 422)
    return done(payment)
  }

  routes.get('/checkout/:id', (c) => show(c, found(store.orders.get(c.req.param('id'))), null))
  routes.post('/checkout/:id', async (c) => {
    const order = found(store.orders.get(c.req.param('id')))
    return answer(c, order, new URLSearchParams(await c.req.text()), (payment) => {
      const result = {
        razorpay_payment_id: payment.id,
        razorpay_order_id: order.id,
        razorpay_signature: sign(store, order.keyId, `${order.id}|${payment.id}`),
      }
      const callback = safeUrl(c.req.query('callback_url'))
      if (callback) return c.redirect(withQuery(callback, result), 303)
      return c.html(paidPage(order, result), 200, { 'content-security-policy': hostedPagePolicy })
    })
  })

  const linkOf = (c: Context) => {
    const link = found(store.links.get(c.req.param('id') ?? ''))
    if (link.status === 'created' && link.expiresAt !== null && link.expiresAt <= nowInSeconds())
      link.status = 'expired'
    return { link, order: found(store.orders.get(link.orderId)) }
  }
  const closed = (c: Context, status: string) =>
    c.html(frame('Payment link', html`<h1>This payment link is ${status}</h1>`), 200, {
      'content-security-policy': hostedPagePolicy,
    })

  routes.get('/links/:id', (c) => {
    const { link, order } = linkOf(c)
    return link.status === 'created' ? show(c, order, null) : closed(c, link.status)
  })
  routes.post('/links/:id', async (c) => {
    const { link, order } = linkOf(c)
    if (link.status !== 'created') return closed(c, link.status)
    return answer(c, order, new URLSearchParams(await c.req.text()), (payment) => {
      const parts = [link.id, link.referenceId, link.status, payment.id]
      const result = {
        razorpay_payment_id: payment.id,
        razorpay_payment_link_id: link.id,
        razorpay_payment_link_reference_id: link.referenceId,
        razorpay_payment_link_status: link.status,
        razorpay_signature: sign(store, link.keyId, parts.join('|')),
      }
      const callback = safeUrl(link.callbackUrl ?? undefined)
      if (callback) return c.redirect(withQuery(callback, result), 303)
      return c.html(paidPage(order, result), 200, { 'content-security-policy': hostedPagePolicy })
    })
  })
  return routes
}

/** What a person filled in; test values of Razorpay say how it ends. */
function readAttempt(form: URLSearchParams): Parameters<RazorpayBank['pay']>[1] | { readonly trouble: string } {
  const isDeclined = form.get('decision') === 'decline'
  const method = form.get('method')
  if (method === 'card') {
    const card = (form.get('card') ?? '').replaceAll(/\s/g, '')
    if (!/^\d{12,19}$/.test(card)) return { trouble: 'Please enter a valid card number' }
    return { method, vpa: null, outcome: isDeclined || card !== successCard ? 'failed' : 'captured' }
  }
  if (method === 'netbanking') return { method, vpa: null, outcome: isDeclined ? 'failed' : 'captured' }
  const vpa = form.get('vpa')?.trim() ?? ''
  if (!/^[\w.-]{2,256}@[A-Za-z]{2,64}$/.test(vpa)) return { trouble: 'Please enter a valid UPI ID' }
  return { method: 'upi', vpa, outcome: isDeclined || vpa.startsWith('failure@') ? 'failed' : 'captured' }
}

function sign(store: RazorpayStore, keyId: string, text: string): string {
  return createHmac('sha256', store.secrets.get(keyId) ?? '')
    .update(text)
    .digest('hex')
}

/** A browser must not be sent to a script or a file. */
function safeUrl(text: string | undefined): URL | null {
  const url = URL.parse(text ?? '')
  return url && /^https?:$/.test(url.protocol) ? url : null
}

function withQuery(target: URL, fields: Readonly<Record<string, string>>): string {
  const url = new URL(target)
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value)
  return url.href
}

function money({ amount, currency }: Order): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency })
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}

function checkoutPage(order: Order, trouble: string | null, cancelUrl: URL | null): Html {
  const radio = (value: string, label: string, isChecked = false) =>
    html`<label class="check"
      ><input type="radio" name="method" value="${value}" ${isChecked ? 'checked' : ''} /><span>${label}</span></label
    >`
  const field = (name: string, label: string, value: string) =>
    html`<label
      ><span>${label}</span><input name="${name}" value="${value}" autocomplete="off" spellcheck="false"
    /></label>`
  return frame(
    'Razorpay checkout',
    html`<h1>Pay ${money(order)}</h1>
      <p class="asks">Order ${order.id}${order.receipt ? `, receipt ${order.receipt}` : ''}</p>
      ${trouble === null ? '' : html`<p class="trouble" role="alert">${trouble}</p>`}
      <form method="post" class="edit" aria-label="Payment">
        ${radio('upi', 'UPI', true)} ${field('vpa', 'UPI ID', 'success@razorpay')} ${radio('card', 'Card')}
        ${field('card', 'Card number', '4111 1111 1111 1111')} ${radio('netbanking', 'Netbanking')}
        <button class="primary" name="decision" value="pay">Pay</button>
        <button name="decision" value="decline">Decline, as the bank would</button>
      </form>
      ${cancelUrl === null ? '' : html`<p><a class="other" href="${cancelUrl.href}">Go back without paying</a></p>`}`,
  )
}

function paidPage(order: Order, result: Readonly<Record<string, string>>): Html {
  return frame(
    'Paid',
    html`<h1>${money(order)} paid</h1>
      <p class="asks">What the shop's page is handed:</p>
      <dl>
        ${Object.entries(result).map(([name, value]) => html`<dt>${name}</dt><dd class="asks"><code id="${name}">${value}</code></dd>`)}
      </dl>`,
  )
}

function frame(title: string, content: Html): Html {
  return hostedPage({
    title,
    kind: 'consent',
    content: html`<p class="stage">Sandbox, not the real Razorpay</p>
      ${content}`,
  })
}
