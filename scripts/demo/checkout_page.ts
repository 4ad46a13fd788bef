import type { Browser, Page } from 'playwright-core'

/** The app that people come back to: nothing has to listen there. */
export const appUrl = 'http://127.0.0.1:3000'

/** What comes of a visit to the checkout. */
export interface CheckoutVisit {
  /** What the page said about a card that it declined; null when none was tried. */
  readonly decline: string | null
  /** Where the browser was sent in the end. */
  readonly arrivedAt: string
}

/**
 * Pays on the hosted page of the sandbox's Stripe, as a person does.
 *
 * @param payer.email typed where the page asks for one
 * @param payer.cards what the cards of its list do, in the page's words; those before the last one are declined
 */
export async function payOnPage(
  browser: Browser,
  url: string,
  { email, cards }: { email: string; cards: readonly string[] },
): Promise<CheckoutVisit> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.route(`${appUrl}/**`, (route) => route.fulfill({ contentType: 'text/html', body: '<p>Back</p>' }))
    await page.goto(url)
    const address = page.getByLabel('E-mail')
    if ((await address.count()) > 0) await address.fill(email)
    let decline: string | null = null
    for (const [index, card] of cards.entries()) {
      await page.getByRole('button', { name: new RegExp(`${card}$`) }).click()
      await submit(page)
      if (index < cards.length - 1) decline = await page.getByRole('alert').textContent()
    }
    await page.waitForURL(/three-d-secure|\/billing/)
    if (page.url().includes('three-d-secure')) await page.getByRole('button', { name: 'Complete' }).click()
    await page.waitForURL(`${appUrl}/**`)
    return { decline, arrivedAt: page.url() }
  } finally {
    await context.close()
  }
}

async function submit(page: Page): Promise<void> {
  await page.locator('button[value="pay"]').click()
}
