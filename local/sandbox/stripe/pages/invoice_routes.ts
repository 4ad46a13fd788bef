import { type Context, Hono } from 'hono'
import type { Invoice, Tax } from '../billing_objects.ts'
import type { Core } from '../core.ts'
import { collectInvoice } from '../invoice_collection.ts'
import { paymentOf } from '../invoices.ts'
import { moneyText } from '../pricing.ts'
import { type CardInput, noCard, type Problems, parseCard, readCardInput } from './card_form.ts'
import { askBank } from './challenge_routes.ts'
import { messagePage, showPage } from './frame.ts'
import { type InvoiceView, invoicePage } from './invoice_page.ts'
import { keepCard } from './keep_card.ts'
import { plainPdf } from './plain_pdf.ts'
import type { Badge } from './portal_page.ts'
import { formatDate } from './wording.ts'

const badges: Readonly<Record<Invoice['status'], Badge>> = {
  draft: { label: 'Draft', mood: 'plain' },
  open: { label: 'Open', mood: 'wait' },
  paid: { label: 'Paid', mood: 'good' },
  uncollectible: { label: 'Written off', mood: 'bad' },
  void: { label: 'Void', mood: 'plain' },
}

/** How an invoice stands, in a word. */
export function invoiceBadge({ status }: Invoice): Badge {
  return badges[status]
}

interface Form {
  readonly card: CardInput
  readonly problems: Problems
  readonly trouble: string | null
}

/** The hosted pages of invoices, mounted at `/pages/invoices`. */
export function invoiceRoutes(core: Core): Hono {
  const routes = new Hono()
  const find = (c: Context): Invoice | undefined => {
    const invoice = core.store.find('invoice', c.req.param('id') ?? '')
    return invoice?.status === 'draft' ? undefined : invoice
  }
  const show = (c: Context, invoice: Invoice, form: Form, status: 200 | 402 | 422 = 200) =>
    showPage(c, { ...invoicePage(viewOf(core, invoice, c.req.path), { ...form, notice: null }), status })
  const intentOf = (invoice: Invoice) => {
    const payment = paymentOf(core, invoice)
    return payment && core.store.get('payment_intent', payment.payment.payment_intent)
  }

  routes.get('/:id', (c) => {
    const invoice = find(c)
    if (!invoice) return showPage(c, noInvoice)
    const trouble = isPayable(invoice) ? (intentOf(invoice)?.last_payment_error?.message ?? null) : null
    return show(c, invoice, { card: noCard, problems: {}, trouble })
  })

  routes.post('/:id', async (c) => {
    const invoice = find(c)
    if (!invoice) return showPage(c, noInvoice)
    const sent = new URLSearchParams(await c.req.text())
    const card = readCardInput(sent)
    if (sent.has('fill') || !isPayable(invoice)) return show(c, invoice, { card, problems: {}, trouble: null })
    const typed = parseCard(card, core.now(invoice))
    if ('problems' in typed) return show(c, invoice, { card, problems: typed.problems, trouble: null }, 422)
    const kept = keepCard(core, typed.card, { email: null })
    if ('trouble' in kept) return show(c, invoice, { card, problems: {}, trouble: kept.trouble }, 402)
    const problem = collectInvoice(core, invoice, { method: kept.method.id, offSession: false })
    if (problem) return show(c, invoice, { card, problems: {}, trouble: problem.message }, 402)
    const back = `${core.pagesUrl()}/invoices/${invoice.id}`
    return c.redirect(askBank(core, intentOf(invoice), back) ?? back, 303)
  })

  routes.get('/:id/pdf', (c) => {
    const invoice = find(c)
    if (!invoice) return showPage(c, noInvoice)
    const view = viewOf(core, invoice, c.req.path)
    const lines = [
      `Invoice ${view.number}`,
      `To: ${view.customer}`,
      ...view.facts.map(([name, value]) => `${name}: ${value}`),
      '',
      ...view.lines.map(({ title, amount }) => `${title}   ${amount}`),
      '',
      ...view.sums.map(([name, amount]) => `${name}: ${amount}`),
      `Total: ${view.total}`,
      `Amount due: ${view.due}`,
      `State: ${view.badge.label}`,
    ]
    return c.body(new Uint8Array(plainPdf(lines)), 200, { 'content-type': 'application/pdf' })
  })

  return routes
}

/** What the page of an invoice shows. @param action where its form goes */
function viewOf(core: Core, invoice: Invoice, action: string): InvoiceView {
  const money = (amount: number) => moneyText(amount, invoice.currency)
  const { finalized_at: issued, paid_at: paid } = invoice.status_transitions
  const isPaid = invoice.status === 'paid'
  const fact = (name: string, at: number | null) => (at === null ? [] : [[name, formatDate(at)] as const])
  const balance = invoice.amount_due - invoice.total
  return {
    action,
    number: invoice.number ?? invoice.id,
    badge: invoiceBadge(invoice),
    customer: [invoice.customer_name, invoice.customer_email].filter(Boolean).join(', ') || invoice.customer,
    facts: [...fact('Issued', issued), ...fact('Due', invoice.due_date), ...fact('Paid', paid)],
    lines: invoice.lines.data.map((line) => ({
      title: line.description ?? '',
      detail: line.period.start === line.period.end ? null : periodOf(line.period),
      amount: money(line.amount),
    })),
    sums: [
      ...(invoice.total_taxes.length > 0 ? [['Subtotal', money(invoice.subtotal)] as const] : []),
      ...invoice.total_taxes.map((tax) => [taxLabel(core, tax), money(tax.amount)] as const),
      ...(balance !== 0 || isPaid ? [['Total', money(invoice.total)] as const] : []),
      ...(balance !== 0 && !isPaid ? [['Balance of the customer', money(balance)] as const] : []),
      ...(isPaid ? [['Paid', money(-invoice.amount_paid)] as const] : []),
    ],
    total: money(isPaid ? invoice.total : invoice.amount_due),
    due: money(invoice.amount_remaining),
    isPayable: isPayable(invoice),
    links: linksOf(core, invoice),
  }
}

function linksOf(core: Core, invoice: Invoice): InvoiceView['links'] {
  const intent = core.store.find('payment_intent', paymentOf(core, invoice)?.payment.payment_intent ?? '')
  const receipt = core.store.find('charge', intent?.latest_charge ?? '')?.receipt_url ?? null
  return [
    ...(invoice.invoice_pdf ? [{ href: invoice.invoice_pdf, label: 'Open as PDF' }] : []),
    ...(receipt === null ? [] : [{ href: receipt, label: 'See the receipt' }]),
  ]
}

function periodOf({ start, end }: { start: number; end: number }): string {
  return `${formatDate(start)} – ${formatDate(end)}`
}

function taxLabel(core: Core, { tax_rate_details: { tax_rate }, tax_behavior }: Tax): string {
  const rate = core.store.find('tax_rate', tax_rate)
  const included = tax_behavior === 'inclusive' ? ' (included)' : ''
  return `${rate?.display_name ?? 'Tax'} ${rate?.percentage ?? ''}%${included}`
}

function isPayable({ status }: Invoice): boolean {
  return status === 'open' || status === 'uncollectible'
}

const noInvoice = messagePage({
  title: 'There is no such invoice',
  text: 'The sandbox forgets its invoices when it starts anew.',
  status: 404,
})
