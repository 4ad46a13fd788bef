import type { Browser } from 'playwright-core'
import { z } from 'zod'
import { findChromium } from '../ensure_chromium.ts'
import { launchChromium } from '../launch_chromium.ts'
import { appUrl, payOnPage } from './checkout_page.ts'
import type { Person } from './people.ts'
import { DemoError, expect, say, show, until } from './story.ts'
import type { Target } from './target.ts'

const pageSchema = z.object({ url: z.url(), expires_at: z.string() })
const pricesSchema = z.array(z.object({ billing_interval: z.string().nullable(), unit_cents: z.number() }))

/** An organization subscribes to a plan and buys credits, both on the payment provider's page in a browser. */
export async function walkBilling(target: Target, ada: Person, organizationId: string): Promise<void> {
  const chromium = findChromium()
  if (chromium.path === null) {
    say('Ada would pay in a browser')
    show(`left out, there is none: ${chromium.reason}`)
    return
  }
  const browser = await launchChromium(chromium.path)
  try {
    await subscribe(target, ada, organizationId, browser)
    await buyCredits(target, ada, organizationId, browser)
  } finally {
    await browser.close()
  }
}

async function subscribe(target: Target, ada: Person, organizationId: string, browser: Browser): Promise<void> {
  const { client } = ada
  say('Ada looks at the price list')
  const { data: plans, error } = await client.rpc('list_plans', { product_line: 'fundraising', currency: 'USD' })
  if (error) throw error
  for (const { name, prices } of plans) {
    const monthly = pricesSchema.parse(prices).find(({ billing_interval }) => billing_interval === 'month')
    show(`${name}: ${monthly ? `${dollars(monthly.unit_cents)} a month` : 'no monthly price'}`)
  }
  const pro = plans.find(({ key }) => key === 'pro')
  if (!pro) throw new DemoError('the price list has no plan “Pro”')

  say('Ada subscribes to Pro, on the payment provider’s page')
  const page = await openCheckout(target, ada, {
    mode: 'subscription',
    organization_id: organizationId,
    plan_id: pro.plan_id,
    currency: 'USD',
  })
  show(`the page is ${page.url}`)
  const visit = await payOnPage(browser, page.url, {
    email: ada.email,
    cards: ['Declined: insufficient funds', 'Asks for 3-D Secure once'],
  })
  show(`her first card is declined: “${visit.decline}”`)
  expect(visit.arrivedAt.startsWith(`${appUrl}/billing?paid=`), 'her bank confirms the second one, and she is back')
  const subscription = await until('the webhook', async () => {
    const { data } = await client
      .from('billing_subscriptions')
      .select('status, access, trial_ends_at')
      .eq('organization_id', organizationId)
      .eq('product', 'fundraising')
      .maybeSingle()
    return data?.access === 'full' ? data : null
  })
  const trialEnd = subscription.trial_ends_at?.slice(0, 10)
  expect(subscription.status === 'trialing', `the webhook came: Pro is hers, without charge until ${trialEnd}`)

  const { data: entitlements } = await client.rpc('get_entitlements', { organization_id: organizationId })
  const limitOf = (key: string) => entitlements?.find((one) => one.key === key)?.value
  expect(limitOf('max_projects') === 5, `she may have ${limitOf('max_projects')} projects now`)
  show(`and ${limitOf('daily_credits')} credits a day`)
  const invoice = await until('the invoice', async () => {
    const { data } = await client
      .from('billing_invoices')
      .select('number, status, currency, total_cents')
      .eq('organization_id', organizationId)
      .maybeSingle()
    return data
  })
  expect(invoice.status === 'paid', `invoice ${invoice.number} over ${dollars(invoice.total_cents)}: the trial is free`)
}

async function buyCredits(target: Target, ada: Person, organizationId: string, browser: Browser): Promise<void> {
  const { client } = ada
  say('Ada buys a pack of credits')
  const { data: pack, error } = await client.from('credit_packs').select('id').order('credit_count').limit(1).single()
  if (error) throw error
  const page = await openCheckout(target, ada, { mode: 'payment', organization_id: organizationId, pack_id: pack.id })
  await payOnPage(browser, page.url, { email: ada.email, cards: ['Pays'] })
  const bought = await until('the credits', async () => {
    const { data } = await client.rpc('get_credit_balance', { organization_id: organizationId }).maybeSingle()
    return data && data.purchased_count > 0 ? data : null
  })
  expect(bought.purchased_count > 0, `${bought.purchased_count} bought credits, which never expire`)
  const payment = await until('the receipt', async () => {
    const { data } = await client
      .from('billing_payments')
      .select('amount_cents, status, receipt_url')
      .eq('organization_id', organizationId)
      .eq('purpose', 'credit_pack')
      .maybeSingle()
    return data?.receipt_url ? data : null
  })
  const receipt = await fetch(payment.receipt_url ?? '')
  expect(receipt.ok, `the receipt of ${dollars(payment.amount_cents)}: ${payment.receipt_url}`)
}

/** Opens a page to pay on; the provider may still be learning the prices when the stack is new. */
async function openCheckout(target: Target, { client }: Person, body: object): Promise<z.infer<typeof pageSchema>> {
  const { data } = await client.auth.getSession()
  return until('the prices at the payment provider', async () => {
    const response = await fetch(`${target.apiUrl}/functions/v1/api/v1/billing/checkout-sessions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${data.session?.access_token}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: JSON.stringify({
        ...body,
        success_url: `${appUrl}/billing?paid={CHECKOUT_SESSION_ID}`,
        cancel_url: `${appUrl}/billing`,
      }),
    })
    const answer: unknown = await response.json()
    if (response.status === 201) return pageSchema.parse(answer)
    if (response.status === 409) return null
    throw new DemoError(`the checkout was not opened: ${JSON.stringify(answer)}`)
  })
}

function dollars(cents: number): string {
  return `$${(cents / 100).toFixed(2)}`
}
