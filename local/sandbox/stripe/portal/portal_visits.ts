import type { Context } from 'hono'
import type { Subscription } from '../billing_objects.ts'
import type { Core } from '../core.ts'
import { messagePage, showPage } from '../pages/frame.ts'
import type { PortalVisit } from './portal_view.ts'

/** What the first page says after something was done, by the word in its address. */
const notices: Readonly<Record<string, string>> = {
  changed: 'The plan was changed.',
  cancelled: 'The subscription was cancelled.',
  kept: 'The subscription goes on.',
  saved: 'The card was saved and pays from now on.',
  default: 'The card pays from now on.',
  removed: 'The card was removed.',
}

/** What the first page is to say. */
export function noticeOf(c: Context): string | undefined {
  return notices[c.req.query('done') ?? '']
}

/** The visits of one portal double, and where they lead. */
export interface PortalVisits {
  /** Null when the page is about a visit that there is not. */
  find(c: Context): PortalVisit | null
  /** A living subscription of the visit's customer, named in the address. */
  subscriptionOf(c: Context, visit: PortalVisit): Subscription | null
  /** Page that a visit begins with; null for the first page. */
  startOf(visit: PortalVisit): string | null
  /** Where "Back" leads. */
  exitOf(visit: PortalVisit): string
  /** Goes on after something was done: to the first page, or to where the flow was to end. */
  finish(c: Context, visit: PortalVisit, done: keyof typeof notices): Response | Promise<Response>
}

/** Keeps which flows are over: each is gone through once. */
export function createPortalVisits(core: Core): PortalVisits {
  const ended = new Set<string>()
  const flowOf = ({ session }: PortalVisit) => (ended.has(session.id) ? null : session.flow)
  return {
    find(c) {
      const session = core.store.find('billing_portal.session', c.req.param('id') ?? '')
      if (!session || !core.store.find('customer', session.customer)) return null
      const configuration = core.store.get('billing_portal.configuration', session.configuration)
      return { session, configuration, base: new URL(session.url).pathname }
    },
    subscriptionOf(c, { session }) {
      const subscription = core.store.find('subscription', c.req.param('subscription') ?? '')
      return subscription?.customer === session.customer && subscription.ended_at === null ? subscription : null
    },
    startOf(visit) {
      const flow = flowOf(visit)
      if (flow === null) return null
      if (flow.type === 'payment_method_update') return `${visit.base}/cards/new`
      const target = flow[flow.type]?.subscription
      const page = `${visit.base}/subscriptions/${target}`
      const [item] = flow.subscription_update_confirm?.items ?? []
      if (item) {
        const fields = new URLSearchParams()
        const current = core.store.find('subscription', target ?? '')?.items.data.find(({ id }) => id === item.id)
        fields.set('price', item.price ?? current?.price.id ?? '')
        if (item.quantity !== undefined) fields.set('quantity', String(item.quantity))
        return `${page}/plan/confirm?${fields}`
      }
      return flow.type === 'subscription_cancel' ? `${page}/cancel` : `${page}/plan`
    },
    exitOf: (visit) => (flowOf(visit) === null ? visit.base : (visit.session.return_url ?? visit.base)),
    finish(c, visit, done) {
      const flow = flowOf(visit)
      ended.add(visit.session.id)
      const {
        type,
        redirect,
        hosted_confirmation: confirmation,
      } = flow?.after_completion ?? { type: 'portal_homepage' }
      if (type === 'redirect' && redirect) return c.redirect(redirect.return_url, 303)
      if (type !== 'hosted_confirmation') return c.redirect(`${visit.base}?done=${done}`, 303)
      const { return_url: back } = visit.session
      return showPage(
        c,
        messagePage({
          title: notices[done] ?? '',
          text: confirmation?.custom_message ?? 'You can go back now.',
          status: 200,
          link: back === null ? null : { href: back, label: `Return to ${new URL(back).host}` },
        }),
      )
    },
  }
}
