import { type Context, Hono } from 'hono'
import type { Core } from '../core.ts'
import { cancelPage } from '../pages/cancel_page.ts'
import { messagePage, showPage } from '../pages/frame.ts'
import { orTrouble } from '../pages/keep_card.ts'
import { planChangePage, planPage } from '../pages/plan_page.ts'
import { portalPage } from '../pages/portal_page.ts'
import { formatDate } from '../pages/wording.ts'
import { cancelSubscription, updateSubscription } from '../subscription_changes.ts'
import { periodEnd } from '../subscription_life.ts'
import { reasonOf } from './configurations.ts'
import { changePlan, previewOf, readChoice } from './plan_changes.ts'
import { cardRoutes } from './portal_card_routes.ts'
import { type PortalVisit, planChoices, planOptions, portalViewOf, titleOf } from './portal_view.ts'
import { createPortalVisits, noticeOf } from './portal_visits.ts'

/** The pages of the customer portal, mounted at `/pages/portal`. */
export function portalRoutes(core: Core): Hono {
  const routes = new Hono()
  const visits = createPortalVisits(core)
  const gone = (c: Context) => showPage(c, noPortal)

  routes.get('/:id', (c) => {
    const visit = visits.find(c)
    if (!visit) return gone(c)
    const start = visits.startOf(visit)
    if (start !== null) return c.redirect(start)
    const notice = noticeOf(c)
    return showPage(c, portalPage(portalViewOf(core, visit, notice === undefined ? {} : { notice })))
  })

  routes.get('/:id/subscriptions/:subscription/plan', (c) => {
    const visit = visits.find(c)
    const subscription = visit && visits.subscriptionOf(c, visit)
    if (!visit?.configuration.features.subscription_update.enabled || !subscription) return gone(c)
    const [item] = subscription.items.data
    const options = planOptions(core, visit, subscription)
    const trouble = options.length === 0 ? 'There is no other plan to change to.' : null
    return showPage(
      c,
      planPage({
        base: visits.exitOf(visit),
        action: `${c.req.path}/confirm`,
        choices: planChoices(core, options, item?.price.id ?? ''),
        chosen: c.req.query('price') ?? item?.price.id ?? '',
        quantity: options.some(({ adjustable }) => adjustable.enabled) ? (item?.quantity ?? 1) : null,
        trouble,
      }),
    )
  })

  routes.on(['GET', 'POST'], '/:id/subscriptions/:subscription/plan/confirm', async (c) => {
    const visit = visits.find(c)
    const subscription = visit && visits.subscriptionOf(c, visit)
    if (!visit?.configuration.features.subscription_update.enabled || !subscription) return gone(c)
    const isSure = c.req.method === 'POST'
    const sent = isSure ? new URLSearchParams(await c.req.text()) : new URL(c.req.url).searchParams
    const options = planOptions(core, visit, subscription)
    const backPath = c.req.path.replace(/\/confirm$/, '')
    const chosen = readChoice(options, subscription, sent)
    if (!chosen) return c.redirect(backPath, 303)
    const confirm = (trouble: string | null) =>
      showPage(c, {
        ...planChangePage({
          ...previewOf(core, visit, subscription, chosen),
          base: visits.exitOf(visit),
          backPath,
          action: c.req.path,
          trouble,
        }),
        status: trouble === null ? 200 : 402,
      })
    if (!isSure) return confirm(null)
    const made = orTrouble(() => ({ challenge: changePlan(core, visit, subscription, chosen) }))
    if ('trouble' in made) return confirm(made.trouble)
    return made.challenge === null ? visits.finish(c, visit, 'changed') : c.redirect(made.challenge, 303)
  })

  routes.on(['GET', 'POST'], '/:id/subscriptions/:subscription/cancel', async (c) => {
    const visit = visits.find(c)
    const subscription = visit && visits.subscriptionOf(c, visit)
    if (!visit?.configuration.features.subscription_cancel.enabled || !subscription) return gone(c)
    if (c.req.method === 'POST') {
      cancel(core, visit, subscription.id, new URLSearchParams(await c.req.text()))
      return visits.finish(c, visit, 'cancelled')
    }
    const { mode, cancellation_reason: reason } = visit.configuration.features.subscription_cancel
    return showPage(
      c,
      cancelPage({
        ...titleOf(core, subscription),
        base: visits.exitOf(visit),
        action: c.req.path,
        effect:
          mode === 'immediately'
            ? 'It ends at once.'
            : `It stays available until ${formatDate(periodEnd(subscription))}, then it ends.`,
        reasons: reason.enabled ? reason.options : [],
        trouble: null,
      }),
    )
  })

  routes.post('/:id/subscriptions/:subscription/keep', (c) => {
    const visit = visits.find(c)
    const subscription = visit && visits.subscriptionOf(c, visit)
    if (!visit?.configuration.features.subscription_cancel.enabled || !subscription) return gone(c)
    updateSubscription(core, subscription.id, { cancel_at_period_end: false })
    return visits.finish(c, visit, 'kept')
  })

  routes.route('/', cardRoutes(core, visits, gone))
  return routes
}

function cancel(core: Core, { configuration }: PortalVisit, id: string, sent: URLSearchParams): void {
  const {
    mode,
    proration_behavior: proration,
    cancellation_reason: reason,
  } = configuration.features.subscription_cancel
  const feedback = reason.enabled ? reasonOf(sent.get('feedback')) : undefined
  const comment = (reason.enabled && sent.get('comment')?.trim()) || undefined
  const cancellation_details = { comment, feedback }
  if (mode === 'at_period_end') {
    updateSubscription(core, id, { cancel_at_period_end: true, cancellation_details })
    return
  }
  const prorates = proration !== 'none'
  cancelSubscription(core, id, { cancellation_details, invoice_now: proration === 'always_invoice', prorate: prorates })
}

const noPortal = messagePage({
  title: 'There is no such page',
  text: 'The link to the portal is old, or what it was about is over. Open the portal anew in the shop.',
  status: 404,
})
