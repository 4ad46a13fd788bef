import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { launchBrowser, noBrowserReason, skipNote } from '../../support/browser.ts'
import { openQuietly, phone } from './page_support.ts'
import { startReceiver, startTestSandbox, type TestSandbox } from './sandbox_support.ts'

describe.skipIf(noBrowserReason)(`the pages of Razorpay in Chromium${skipNote}`, { timeout: 60_000 }, () => {
  let sandbox: TestSandbox
  let browser: Browser
  const troubles: string[] = []
  beforeAll(async () => {
    sandbox = await startTestSandbox()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await sandbox.close()
  })
  afterEach(() => expect(troubles.splice(0)).toEqual([]))

  const ask = async (path: string, body: object) => {
    const response = await sandbox.get(`/razorpay/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('rzp_test_page:secret')}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return z.looseObject({ id: z.string(), short_url: z.string().optional() }).parse(await response.json())
  }

  it('declines, says why, then takes the payment and brings the person back with signed values', async () => {
    await using receiver = await startReceiver([200])
    const order = await ask('/orders', { amount: 50_000, currency: 'INR' })
    const query = new URLSearchParams({ callback_url: `${receiver.url}/back`, cancel_url: receiver.url })
    const page = await openQuietly(browser, `${sandbox.url}/razorpay/pages/checkout/${order.id}?${query}`, troubles)
    await page.getByRole('heading', { name: 'Pay ₹500.00' }).waitFor()

    await page.getByRole('button', { name: 'Decline' }).click()
    expect(await page.getByRole('alert').textContent()).toContain('declined by your bank')
    // The browser reports the refusal of the form, as it should.
    expect(troubles.splice(0)).toEqual([expect.stringContaining('422')])
    await page.getByRole('radio', { name: 'Card' }).check()
    await page.getByRole('button', { name: 'Pay', exact: true }).click()
    await page.waitForURL(`${receiver.url}/back?razorpay_payment_id=pay_*`)
    expect(new URL(page.url()).searchParams.get('razorpay_signature')).toMatch(/^[0-9a-f]{64}$/)
  })

  it('shows what the shop is handed, on a phone without scrolling sideways, and closes a link that is paid', async () => {
    const link = await ask('/payment_links', { amount: 90_000, currency: 'INR', description: 'Plot 7' })
    const page = await openQuietly(browser, link.short_url ?? '', troubles, phone)
    const isWide = () => page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
    await page.waitForLoadState('load')
    await expect.poll(isWide).toBe(false)
    await page.getByRole('button', { name: 'Pay', exact: true }).click()
    await page.getByRole('heading', { name: '₹900.00 paid' }).waitFor()
    expect(await page.locator('#razorpay_payment_link_id').textContent()).toBe(link.id)
    await page.waitForLoadState('load')
    await expect.poll(isWide).toBe(false)
    await page.goto(link.short_url ?? '')
    await page.getByRole('heading', { name: 'This payment link is paid' }).waitFor()
  })
})
