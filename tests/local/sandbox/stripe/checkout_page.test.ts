import type { Browser, Page } from 'playwright-core'
import type Stripe from 'stripe'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowserReason, skipNote } from '../../../support/browser.ts'
import { contrastOf, openQuietly, phone } from '../page_support.ts'
import { alertOf, chooseCard, openShop, press, returnUrls, type Shop } from './shop.ts'

describe.skipIf(noBrowserReason)(`the hosted checkout of the sandbox’s Stripe${skipNote}`, () => {
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

  const open = async (params: Stripe.Checkout.SessionCreateParams, options = {}) => {
    const session = await shop.stripe.checkout.sessions.create({ ...returnUrls(shop), ...params })
    page = await openQuietly(browser, session.url ?? '', troubles, options)
    return session.id
  }
  const arrives = (path: string) => page.waitForURL(`${shop.receiver.url}${path}`)
  const look = (id: string) => shop.stripe.checkout.sessions.retrieve(id, { expand: ['subscription', 'invoice'] })
  const subscribe = (params: Stripe.Checkout.SessionCreateParams = {}) =>
    open({ mode: 'subscription', line_items: [{ price: shop.prices.pro, quantity: 2 }], ...params })

  it('takes a typed card, and sends the payer on with the id of the session', async () => {
    const id = await subscribe({ subscription_data: { metadata: { plan: 'pro' } }, client_reference_id: 'org-1' })
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Subscribe to Pro')
    expect(await page.getByRole('row', { name: 'Total due today' }).textContent()).toContain('$40.00')
    await page.getByLabel('E-mail').fill('ana@example.test')
    await page.getByLabel('Card number').fill('4242 4242 4242 4242')
    await page.getByLabel('Expiry date').fill('12/40')
    await page.getByLabel('Security code').fill('123')
    await page.getByLabel('Name on the card').fill('Ana Okafor')
    // The keyboard does it too: Enter presses the form's own button, none of the test cards.
    await page.getByLabel('Name on the card').press('Enter')
    await arrives(`/paid?session=${id}`)

    const session = await look(id)
    expect(session).toMatchObject({
      ...{ status: 'complete', payment_status: 'paid', amount_total: 4000, client_reference_id: 'org-1', url: null },
      customer_details: { email: 'ana@example.test', name: 'Ana Okafor' },
      subscription: { status: 'active', metadata: { plan: 'pro' } },
      invoice: { status: 'paid', amount_paid: 4000 },
    })
    expect(troubles).toEqual([])
  })

  it('says why a card was declined, and takes another one for the same subscription', async () => {
    const id = await subscribe({ customer_email: 'ben@example.test' })
    await chooseCard(page, 'Declined: insufficient funds')
    await press(page, 'Subscribe')
    expect(await alertOf(page)).toBe('Your card has insufficient funds.')
    expect((await look(id)).status).toBe('open')
    await chooseCard(page, 'Pays, Mastercard')
    await press(page, 'Subscribe')
    await arrives(`/paid?session=${id}`)

    const { customer, subscription } = await look(id)
    const all = await shop.stripe.subscriptions.list({ customer: String(customer), status: 'all' })
    expect(all.data.map(({ status }) => status)).toEqual(['active'])
    expect(subscription).toMatchObject({ status: 'active', default_payment_method: expect.stringMatching(/^pm_/) })
  })

  it('asks the bank for 3-D Secure: who fails may try again, who completes has paid', async () => {
    const id = await subscribe({ customer_email: 'cleo@example.test' })
    await chooseCard(page, 'Asks for 3-D Secure each time')
    await press(page, 'Subscribe')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Your bank asks whether this is you')
    await press(page, 'Fail authentication')
    expect(await alertOf(page)).toContain('unable to authenticate')
    expect((await look(id)).payment_status).toBe('unpaid')

    await chooseCard(page, 'Asks for 3-D Secure once')
    await press(page, 'Subscribe')
    await press(page, 'Complete authentication')
    await arrives(`/paid?session=${id}`)
    expect(await look(id)).toMatchObject({ status: 'complete', payment_status: 'paid' })
  })

  it('says what is wrong with a field, keeps what was typed, and charges nothing', async () => {
    const id = await subscribe()
    await page.getByLabel('E-mail').fill('nobody')
    await page.getByLabel('Card number').fill('4242 4242 4242 4241')
    await page.getByLabel('Expiry date').fill('13/40')
    await press(page, 'Subscribe')
    const problemOf = async (label: string) => {
      const described = await page.getByLabel(label).getAttribute('aria-describedby')
      return page.locator(`#${described}`).textContent()
    }
    expect(await problemOf('E-mail')).toContain('e-mail')
    expect(await problemOf('Card number')).toBe('Your card number is invalid.')
    expect(await problemOf('Expiry date')).toContain('MM / YY')
    expect(await page.getByLabel('Card number').inputValue()).toBe('4242 4242 4242 4241')
    expect((await look(id)).subscription).toBeNull()
  })

  it('begins a trial without taking money, and shows what comes after it with taxes', async () => {
    const rate = await shop.stripe.taxRates.create({ display_name: 'VAT', percentage: 19, inclusive: false })
    const id = await subscribe({
      customer_email: 'dan@example.test',
      subscription_data: { trial_period_days: 14, default_tax_rates: [rate.id] },
    })
    expect(await page.locator('.summary').textContent()).toMatch(/14 days free\s+Then \$47\.60 per month from/)
    await chooseCard(page, 'Pays')
    await press(page, 'Start trial')
    await arrives(`/paid?session=${id}`)
    expect(await look(id)).toMatchObject({
      ...{ payment_status: 'no_payment_required', amount_total: 0 },
      subscription: { status: 'trialing', default_payment_method: expect.stringMatching(/^pm_/) },
    })
  })

  it('sells something once, with an invoice of it and taxes', async () => {
    const rate = await shop.stripe.taxRates.create({ display_name: 'VAT', percentage: 7.5, inclusive: false })
    const id = await open({
      mode: 'payment',
      customer_email: 'eva@example.test',
      line_items: [{ price: shop.prices.pack, quantity: 3, tax_rates: [rate.id] }],
      invoice_creation: { enabled: true },
      payment_intent_data: { metadata: { purchase: '42' } },
    })
    expect(await page.getByRole('row', { name: 'VAT 7.5%' }).textContent()).toContain('$1.13')
    await chooseCard(page, 'Pays')
    await press(page, 'Pay $16.13')
    await arrives(`/paid?session=${id}`)
    const session = await look(id)
    const intent = await shop.stripe.paymentIntents.retrieve(String(session.payment_intent))
    expect(intent).toMatchObject({ status: 'succeeded', amount: 1613, metadata: { purchase: '42' } })
    expect(session.invoice).toMatchObject({ status: 'paid', total: 1613, amount_paid: 1613 })
  })

  it('offers the saved card of a customer', async () => {
    const customer = await shop.stripe.customers.create({ email: 'fay@example.test' })
    await shop.stripe.paymentMethods.attach('pm_card_mastercard', { customer: customer.id })
    const line_items = [{ price: shop.prices.pack, quantity: 1 }]
    const id = await open({ mode: 'payment', customer: customer.id, line_items })
    expect(await page.getByLabel('Mastercard •••• 4444').isChecked()).toBe(true)
    expect(await page.getByLabel('Card number').isVisible()).toBe(false)
    await press(page, 'Pay $5.00')
    await arrives(`/paid?session=${id}`)
    expect(await look(id)).toMatchObject({ status: 'complete', customer: customer.id })
  })

  it('saves a card in setup mode, after 3-D Secure where the bank asks', async () => {
    const customer = await shop.stripe.customers.create({ email: 'gus@example.test' })
    const id = await open({ mode: 'setup', customer: customer.id, currency: 'usd' })
    await chooseCard(page, 'Asks for 3-D Secure each time')
    await press(page, 'Save card')
    await press(page, 'Complete authentication')
    await arrives(`/paid?session=${id}`)
    const cards = await shop.stripe.paymentMethods.list({ customer: customer.id })
    expect(cards.data.map(({ card }) => card?.last4)).toEqual(['3184'])
    expect(await look(id)).toMatchObject({ status: 'complete', setup_intent: expect.stringMatching(/^seti_/) })
  })

  it('leads back to the shop, says that it is over, and never charges twice', async () => {
    const id = await subscribe()
    await page.getByRole('link', { name: '← Back to' }).click()
    await arrives('/cancelled')
    await page.goBack()
    await shop.stripe.checkout.sessions.expire(id)
    await press(page, 'Subscribe')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('This checkout has expired')
    expect(await look(id)).toMatchObject({ status: 'expired', url: null })
  })

  it('works on a phone and without scripts, and every text is readable', async () => {
    await open(
      { mode: 'subscription', line_items: [{ price: shop.prices.pro, quantity: 1 }] },
      { ...phone, javaScriptEnabled: false, colorScheme: 'dark' },
    )
    await chooseCard(page, 'Declined')
    await page.getByLabel('E-mail').fill('hal@example.test')
    await press(page, 'Subscribe')
    expect(await alertOf(page)).toBe('Your card was declined.')
    expect(await page.locator('main').evaluate((node) => node.scrollWidth <= node.clientWidth)).toBe(true)
    for (const part of ['.soft', '.trouble', '.primary', '.stage']) {
      expect(await page.locator(part).first().evaluate(contrastOf), part).toBeGreaterThan(4.5)
    }
  })
})
