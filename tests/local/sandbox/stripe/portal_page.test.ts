import type { Browser, Page } from 'playwright-core'
import type Stripe from 'stripe'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowserReason, skipNote } from '../../../support/browser.ts'
import { openQuietly, phone } from '../page_support.ts'
import { alertOf, chooseCard, openShop, press, type Shop, subscriber } from './shop.ts'

describe.skipIf(noBrowserReason)(`the customer portal of the sandbox’s Stripe${skipNote}`, () => {
  let shop: Shop
  let browser: Browser
  let page: Page
  let troubles: string[]
  beforeAll(async () => {
    shop = await openShop()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })
  beforeEach(() => {
    troubles = []
  })
  afterEach(() => page.context().close())

  const open = async (customer: string, params: Stripe.BillingPortal.SessionCreateParams = {}, options = {}) => {
    const return_url = `${shop.receiver.url}/account`
    const session = await shop.stripe.billingPortal.sessions.create({ customer, return_url, ...params })
    page = await openQuietly(browser, session.url, troubles, options)
  }
  const look = (id: string) => shop.stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] })
  const follow = (name: string) => page.getByRole('link', { name, exact: true }).click()
  const said = () => page.getByRole('status').textContent()

  it('shows what a change of plan costs, and makes it', async () => {
    const { customer, subscription } = await subscriber(shop)
    await open(customer)
    await follow('Change plan')
    await page.getByLabel('Business').check()
    await page.getByLabel('Quantity').fill('2')
    await press(page, 'Continue')
    expect(await page.getByRole('row', { name: 'Due today' }).textContent()).toContain('$140.00')
    expect((await look(subscription)).items.data[0]?.price.id).toBe(shop.prices.pro)
    await press(page, 'Confirm')
    expect(await said()).toBe('The plan was changed.')

    const after = await look(subscription)
    expect(after.items.data[0]).toMatchObject({ quantity: 2, price: { id: shop.prices.business } })
    expect(after.latest_invoice).toMatchObject({ billing_reason: 'subscription_update', status: 'paid', total: 14_000 })
    expect(troubles).toEqual([])
  })

  it('changes no plan that the card does not pay for', async () => {
    const { customer, subscription } = await subscriber(shop)
    const card = await shop.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer })
    await shop.stripe.subscriptions.update(subscription, { default_payment_method: card.id })
    await open(customer)
    await follow('Change plan')
    await page.getByLabel('Business').check()
    await press(page, 'Continue')
    await press(page, 'Confirm')
    expect(await alertOf(page)).toBe('Your card was declined.')
    expect((await look(subscription)).items.data[0]?.price.id).toBe(shop.prices.pro)
  })

  it('offers the plans and numbers of its configuration alone', async () => {
    const { customer, subscription } = await subscriber(shop)
    const business = await shop.stripe.prices.retrieve(shop.prices.business)
    const configuration = await shop.stripe.billingPortal.configurations.create({
      features: {
        subscription_update: {
          enabled: true,
          default_allowed_updates: ['price'],
          proration_behavior: 'create_prorations',
          products: [{ product: String(business.product), prices: [business.id] }],
        },
      },
    })
    await open(customer, { configuration: configuration.id })
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual(['Current subscription'])
    expect(await page.getByRole('link', { name: 'Cancel subscription' }).count()).toBe(0)
    await follow('Change plan')
    expect(await page.getByRole('radio').count()).toBe(1)
    expect(await page.getByLabel('Quantity').count()).toBe(0)
    await page.getByLabel('Business').check()
    await press(page, 'Continue')
    expect(await page.getByRole('row', { name: 'Due on' }).textContent()).toContain('$140.00')
    await press(page, 'Confirm')
    expect((await look(subscription)).latest_invoice).toMatchObject({ billing_reason: 'subscription_create' })
  })

  it('cancels at the end of the period with reason and words, and takes it back', async () => {
    const { customer, subscription } = await subscriber(shop)
    await open(customer)
    await follow('Cancel subscription')
    await page.getByLabel('It’s too expensive').check()
    await page.getByLabel('Anything else').fill('Other things come first.')
    await press(page, 'Cancel subscription')
    expect(await said()).toBe('The subscription was cancelled.')
    expect(await look(subscription)).toMatchObject({
      ...{ status: 'active', cancel_at_period_end: true },
      cancellation_details: {
        ...{ feedback: 'too_expensive', comment: 'Other things come first.', reason: 'cancellation_requested' },
      },
    })
    await press(page, 'Keep subscription')
    expect(await said()).toBe('The subscription goes on.')
    expect(await look(subscription)).toMatchObject({
      ...{ cancel_at_period_end: false, canceled_at: null },
      cancellation_details: { feedback: null, comment: null, reason: null },
    })
  })

  it('cancels at once where it is configured so', async () => {
    const { customer, subscription } = await subscriber(shop)
    const configuration = await shop.stripe.billingPortal.configurations.create({
      features: { subscription_cancel: { enabled: true, mode: 'immediately' } },
    })
    await open(customer, { configuration: configuration.id })
    await follow('Cancel subscription')
    await press(page, 'Cancel subscription')
    expect(await look(subscription)).toMatchObject({ status: 'canceled' })
    expect(await page.getByText('There is no subscription.').isVisible()).toBe(true)
  })

  it('adds a card that pays from then on, makes another the default, and removes one', async () => {
    const { customer, method, subscription } = await subscriber(shop)
    await open(customer)
    await follow('Add a card')
    await chooseCard(page, 'Declined: lost card')
    await press(page, 'Save card')
    expect(await alertOf(page)).toBe('Your card was declined.')
    await chooseCard(page, 'Asks for 3-D Secure each time')
    await press(page, 'Save card')
    await press(page, 'Fail authentication')
    expect(await alertOf(page)).toContain('authentication failed')
    await chooseCard(page, 'Pays, Mastercard')
    await press(page, 'Save card')
    expect(await said()).toContain('saved')
    const { default_payment_method: added } = await look(subscription)
    expect(added).not.toBe(method)

    await press(page, 'Make default: Visa •••• 4242')
    expect((await look(subscription)).default_payment_method).toBe(method)
    await press(page, 'Remove: Mastercard •••• 4444')
    const left = await shop.stripe.paymentMethods.list({ customer })
    expect(left.data.map(({ id }) => id)).toEqual([method])
  })

  it('goes straight to a step, and from there to where the shop wants', async () => {
    const { customer, subscription } = await subscriber(shop)
    await open(customer, {
      flow_data: {
        type: 'subscription_cancel',
        subscription_cancel: { subscription },
        after_completion: { type: 'redirect', redirect: { return_url: `${shop.receiver.url}/bye` } },
      },
    })
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Cancel subscription')
    await press(page, 'Cancel subscription')
    await page.waitForURL(`${shop.receiver.url}/bye`)
    expect((await look(subscription)).cancel_at_period_end).toBe(true)
  })

  it('lists invoices; an open one is paid on its own page, which has a PDF and a receipt', async () => {
    const customer = await shop.stripe.customers.create({ email: 'ivy@example.test' })
    await shop.stripe.invoiceItems.create({
      customer: customer.id,
      amount: 4200,
      currency: 'usd',
      description: 'Set-up',
    })
    const draft = await shop.stripe.invoices.create({
      ...{ customer: customer.id, collection_method: 'send_invoice', days_until_due: 14 },
      pending_invoice_items_behavior: 'include',
    })
    const { id } = await shop.stripe.invoices.finalizeInvoice(draft.id ?? '')
    await open(customer.id, {}, phone)
    await page.locator('.invoices a').click()
    await chooseCard(page, 'Asks for 3-D Secure once')
    await press(page, 'Pay $42.00')
    await press(page, 'Complete authentication')
    expect(await page.getByRole('heading', { level: 2 }).textContent()).toBe('Nothing is to be paid')
    const invoice = await shop.stripe.invoices.retrieve(id ?? '')
    expect(invoice).toMatchObject({ status: 'paid', amount_paid: 4200 })
    const pdf = Buffer.from(await (await fetch(invoice.invoice_pdf ?? '')).arrayBuffer())
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    await follow('See the receipt')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Receipt of $42.00')
  })

  it('knows nothing of visits that there are not, and leads back to the shop', async () => {
    const { customer } = await subscriber(shop)
    await open(customer)
    await page.getByRole('link', { name: '← Return to' }).click()
    await page.waitForURL(`${shop.receiver.url}/account`)
    const answer = await shop.sandbox.get('/stripe/pages/portal/bps_none')
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('There is no such page')])
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})
