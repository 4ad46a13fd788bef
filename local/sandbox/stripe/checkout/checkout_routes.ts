import { type Context, Hono } from 'hono'
import type { Core } from '../core.ts'
import { parseCard, readCardInput } from '../pages/card_form.ts'
import { type CheckoutForm, checkoutPage } from '../pages/checkout_page.ts'
import { messagePage, showPage } from '../pages/frame.ts'
import { keepCard } from '../pages/keep_card.ts'
import { formatDate } from '../pages/wording.ts'
import { asksCard, firstForm, viewOf } from './checkout_view.ts'
import { payerOf } from './complete_session.ts'
import { lastProblem, pay } from './pay.ts'
import { type CheckoutSession, type Visit, visitsOf } from './session_objects.ts'

/** The pages of the checkout, mounted at `/pages/checkout`. */
export function checkoutRoutes(core: Core): Hono {
  const routes = new Hono()
  const visits = visitsOf(core)

  routes.get('/:id', (c) => {
    const visit = visits.get(c.req.param('id'))
    if (visit?.session.status !== 'open') return showPage(c, closedPage(visit?.session))
    const view = viewOf(core, visit)
    return showPage(c, checkoutPage(view, { ...firstForm(view), trouble: lastProblem(core, visit) }))
  })

  /** Where the bank sends the payer back to. */
  routes.get('/:id/return', (c) => {
    const visit = visits.get(c.req.param('id'))
    if (visit?.session.status === 'complete') return c.redirect(successUrlOf(visit.session))
    return c.redirect(c.req.path.replace(/\/return$/, ''))
  })

  routes.post('/:id', async (c) => {
    const visit = visits.get(c.req.param('id'))
    if (visit?.session.status !== 'open') return showPage(c, closedPage(visit?.session))
    const sent = new URLSearchParams(await c.req.text())
    const form: CheckoutForm = {
      email: sent.get('email')?.trim() ?? '',
      card: readCardInput(sent),
      method: sent.has('fill') ? 'new' : (sent.get('method') ?? 'new'),
      savesCard: sent.has('saves_card'),
      problems: {},
      trouble: null,
    }
    if (sent.has('fill')) return showPage(c, checkoutPage(viewOf(core, visit), form))
    return answer(c, visit, form)
  })

  const answer = (c: Context, visit: Visit, form: CheckoutForm): Response | Promise<Response> => {
    const view = viewOf(core, visit)
    const email = view.fixedEmail ?? form.email
    const emailProblem = /^\S+@\S+$/.test(email) ? {} : { email: 'Write your e-mail address.' }
    const isNew = asksCard(visit) && !view.savedCards.some(({ id }) => id === form.method)
    const typed = isNew ? parseCard(form.card, core.now(visit.session)) : null
    const problems = { ...emailProblem, ...(typed && 'problems' in typed ? typed.problems : {}) }
    const again = (changes: Partial<CheckoutForm>) => {
      const page = checkoutPage(viewOf(core, visit), { ...form, ...changes })
      return showPage(c, { ...page, status: changes.trouble ? 402 : 422 })
    }
    if (Object.keys(problems).length > 0) return again({ problems })
    const kept = typed && 'card' in typed ? keepCard(core, typed.card, { email }) : null
    if (kept && 'trouble' in kept) return again({ trouble: kept.trouble })
    const method = kept?.method ?? (asksCard(visit) ? core.store.get('payment_method', form.method) : null)
    const payer = method ? payerOf(method, email) : { email, name: null, country: null }
    const outcome = pay(core, visit, { payer, method: method?.id ?? null, savesCard: form.savesCard })
    if (outcome.kind === 'refused') return again({ trouble: outcome.message })
    return c.redirect(outcome.kind === 'challenge' ? outcome.url : successUrlOf(visit.session), 303)
  }

  return routes
}

/** The shop's page for those who are done. */
export function successUrlOf({ success_url: url, id }: CheckoutSession): string {
  return url.replaceAll('{CHECKOUT_SESSION_ID}', id)
}

function closedPage(session: CheckoutSession | undefined) {
  if (session?.status === 'complete') {
    return messagePage({
      title: 'You are all done here',
      text:
        session.mode === 'setup'
          ? 'The card was saved already.'
          : 'This was paid already. Nothing is charged a second time.',
      status: 200,
      link: { href: successUrlOf(session), label: `Go on to ${new URL(session.success_url).host}` },
    })
  }
  if (session) {
    const back = session.cancel_url
    return messagePage({
      title: 'This checkout has expired',
      text: `It could be used until ${formatDate(session.expires_at)}. Nothing was charged.`,
      status: 410,
      link: back === null ? null : { href: back, label: `Back to ${new URL(back).host}` },
    })
  }
  return messagePage({
    title: 'There is no such checkout',
    text: 'The sandbox forgets its checkouts when it starts anew. Begin a new one in the shop.',
    status: 404,
  })
}
