import { Hono } from 'hono'
import type { Core } from '../core.ts'
import type { PaymentIntent, SetupIntent } from '../objects.ts'
import { authenticatePaymentIntent } from '../payment_intents.ts'
import { moneyText } from '../pricing.ts'
import { authenticateSetupIntent } from '../setup_intents.ts'
import { challengePage } from './challenge_page.ts'
import { messagePage, showPage } from './frame.ts'
import { formatCard } from './wording.ts'

/**
 * 3-D Secure: the page of the bank, mounted at `/pages/three-d-secure`.
 *
 * @param settle told of an intent that its owner answered for
 */
export function challengeRoutes(core: Core, settle: (intent: string) => void): Hono {
  const routes = new Hono()
  const find = (id: string): PaymentIntent | SetupIntent | undefined =>
    core.store.find('payment_intent', id) ?? core.store.find('setup_intent', id)

  routes.get('/:id', (c) => {
    const intent = find(c.req.param('id'))
    if (intent?.status !== 'requires_action') return showPage(c, nothingPage)
    const method = core.store.get('payment_method', intent.payment_method ?? '')
    return showPage(
      c,
      challengePage({
        action: new URL(c.req.url).pathname,
        amount: 'amount' in intent ? moneyText(Number(intent.amount), String(intent.currency)) : null,
        card: formatCard(method.card),
      }),
    )
  })

  routes.post('/:id', async (c) => {
    const intent = find(c.req.param('id'))
    if (intent?.status !== 'requires_action') return showPage(c, nothingPage)
    const passes = new URLSearchParams(await c.req.text()).get('outcome') === 'complete'
    const back = intent.next_action?.redirect_to_url.return_url ?? null
    const secret = `${intent.object}_client_secret`
    if (intent.object === 'payment_intent') authenticatePaymentIntent(core, intent.id, passes)
    else authenticateSetupIntent(core, intent.id, passes)
    settle(intent.id)
    if (back === null) return showPage(c, donePage)
    const target = new URL(back)
    const isLocal = back.startsWith(`${core.pagesUrl()}/`)
    if (!isLocal) {
      target.searchParams.set(intent.object, intent.id)
      target.searchParams.set(secret, intent.client_secret)
      target.searchParams.set('redirect_status', find(intent.id)?.status === 'succeeded' ? 'succeeded' : 'failed')
    }
    return c.redirect(target.href, 303)
  })

  return routes
}

/**
 * Where the payer has to go before the payment is made, with the way back; null when nothing is asked.
 *
 * @param back page of the sandbox that follows the bank's
 */
export function askBank(core: Core, intent: PaymentIntent | undefined, back: string): string | null {
  if (intent?.status !== 'requires_action' || intent.next_action === null) return null
  const { url } = intent.next_action.redirect_to_url
  core.change(intent, { next_action: { type: 'redirect_to_url', redirect_to_url: { return_url: back, url } } })
  return url
}

const nothingPage = messagePage({
  title: 'Nothing to confirm',
  text: 'Your bank does not ask about this payment, or you have answered already.',
  status: 404,
})

const donePage = messagePage({
  title: 'Thank you',
  text: 'Your answer reached the bank. You can close this page.',
  status: 200,
})
