import { type Context, Hono } from 'hono'
import type { Core } from '../core.ts'
import { updateCustomer } from '../customers.ts'
import { type CardInput, noCard, type Problems, parseCard, readCardInput } from '../pages/card_form.ts'
import { cardPage } from '../pages/card_page.ts'
import { showPage } from '../pages/frame.ts'
import { keepCard, orTrouble } from '../pages/keep_card.ts'
import { detachPaymentMethod } from '../payment_methods.ts'
import { confirmSetupIntent, createSetupIntent } from '../setup_intents.ts'
import { updateSubscription } from '../subscription_changes.ts'
import type { PortalVisit } from './portal_view.ts'
import type { PortalVisits } from './portal_visits.ts'

/** The portal's pages about cards. @param gone answers for what there is not */
export function cardRoutes(core: Core, visits: PortalVisits, gone: (c: Context) => Response | Promise<Response>): Hono {
  const routes = new Hono()
  const find = (c: Context): PortalVisit | null => {
    const visit = visits.find(c)
    return visit?.configuration.features.payment_method_update.enabled ? visit : null
  }
  const show = (
    c: Context,
    visit: PortalVisit,
    form: { card: CardInput; problems?: Problems; trouble?: string | null },
  ) => {
    const { card, problems = {}, trouble = null } = form
    const action = `${visit.base}/cards/new`
    const page = cardPage({ base: visits.exitOf(visit), action, card, problems, trouble })
    return showPage(c, { ...page, status: trouble ? 402 : Object.keys(problems).length > 0 ? 422 : 200 })
  }

  routes.get('/:id/cards/new', (c) => {
    const visit = find(c)
    return visit ? show(c, visit, { card: noCard }) : gone(c)
  })

  routes.post('/:id/cards/new', async (c) => {
    const visit = find(c)
    if (!visit) return gone(c)
    const sent = new URLSearchParams(await c.req.text())
    const card = readCardInput(sent)
    if (sent.has('fill')) return show(c, visit, { card })
    const typed = parseCard(card, core.now(visit.session))
    if ('problems' in typed) return show(c, visit, { card, problems: typed.problems })
    const { customer } = visit.session
    const kept = keepCard(core, typed.card, { email: core.store.get('customer', customer).email })
    if ('trouble' in kept) return show(c, visit, { card, trouble: kept.trouble })
    const { id } = createSetupIntent(core, { customer })
    const back = `${visit.session.url}/cards/answered/${id}`
    const tried = orTrouble(() => ({
      intent: confirmSetupIntent(core, id, { payment_method: kept.method.id, return_url: back }),
    }))
    if ('trouble' in tried) return show(c, visit, { card, trouble: tried.trouble })
    return c.redirect(tried.intent.next_action?.redirect_to_url.url ?? back, 303)
  })

  routes.get('/:id/cards/answered/:intent', (c) => {
    const visit = find(c)
    const intent = core.store.find('setup_intent', c.req.param('intent'))
    if (!visit || intent?.customer !== visit.session.customer) return gone(c)
    if (intent.status !== 'succeeded' || intent.payment_method === null) {
      return show(c, visit, { card: noCard, trouble: intent.last_setup_error?.message ?? 'The card was not saved.' })
    }
    payWith(core, visit, intent.payment_method)
    return visits.finish(c, visit, 'saved')
  })

  routes.post('/:id/cards/:card/:verb{default|remove}', (c) => {
    const visit = find(c)
    const card = core.store.find('payment_method', c.req.param('card'))
    if (!visit || card?.customer !== visit.session.customer) return gone(c)
    if (c.req.param('verb') === 'default') {
      payWith(core, visit, card.id)
      return visits.finish(c, visit, 'default')
    }
    detachPaymentMethod(core, card.id)
    return visits.finish(c, visit, 'removed')
  })

  return routes
}

/** Has a card pay for the customer and for each living subscription. */
function payWith(core: Core, { session: { customer } }: PortalVisit, method: string): void {
  updateCustomer(core, customer, { invoice_settings: { default_payment_method: method } })
  for (const subscription of core.store.all('subscription')) {
    if (subscription.customer !== customer || subscription.ended_at !== null) continue
    updateSubscription(core, subscription.id, { default_payment_method: method })
  }
}
