import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowserReason, skipNote } from '../../support/browser.ts'
import { contrastOf, openQuietly, phone } from './page_support.ts'
import { startReceiver, startTestSandbox, type TestSandbox } from './sandbox_support.ts'

describe.skipIf(noBrowserReason)(`sections of the sandbox page in Chromium${skipNote}`, () => {
  let sandbox: TestSandbox
  let browser: Browser
  let troubles: string[] = []
  beforeAll(async () => {
    sandbox = await startTestSandbox(null, 0, { webhookRetryDelaysMs: [] })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await sandbox.close()
  })
  beforeEach(async () => {
    troubles = []
    await sandbox.client.clearSms()
    await sandbox.client.resetProvider('twilio')
    await sandbox.get('/api/recordings', { method: 'DELETE' })
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    expect(troubles).toEqual([])
  })

  async function open(section: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await openQuietly(browser, `${sandbox.url}/#/${section}`, troubles, options)
    await page.getByText('Live', { exact: true }).waitFor()
    return page
  }

  async function sendSms(fields: Record<string, string> = {}): Promise<number> {
    const response = await sandbox.get('/twilio/2010-04-01/Accounts/AC1/Messages.json', {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('AC1:token').toString('base64')}` },
      body: new URLSearchParams({ To: '+491701234567', From: '+4930123456', Body: 'Your code is 482913', ...fields }),
    })
    return response.status
  }

  const request = { function: 'health', method: 'GET', path: '/health', status: 200, durationMs: 12.4, cpuMs: 3.1 }
  const sideways = (page: Page) => page.evaluate('document.documentElement.scrollWidth - innerWidth')

  describe('SMS', () => {
    it('says where Twilio is while there is no message, then shows one at once and announces it', async () => {
      const page = await open('sms')
      await page.getByText(`${sandbox.url}/twilio`).waitFor()
      await sendSms()

      await page.locator('#announcer', { hasText: 'New text message to +491701234567' }).waitFor({ state: 'attached' })
      await page.getByText('Your code is 482913', { exact: true }).waitFor()
      expect(await page.getByRole('link', { name: 'SMS' }).textContent()).toBe('SMS 1')
    })

    it('copies a code', async () => {
      await sendSms()
      const page = await open('sms', { permissions: ['clipboard-read', 'clipboard-write'] })
      await page.getByRole('button', { name: 'Copy code 482913' }).click()

      await page.getByText('Copied', { exact: true }).waitFor()
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe('482913')
    })

    it('finds, deletes, and keeps the keyboard where it was', async () => {
      for (const Body of ['Alpha', 'Beta', 'Gamma']) await sendSms({ Body })
      const page = await open('sms')
      await page.getByText('Gamma').waitFor()
      await page.keyboard.press('/')
      await page.keyboard.type('beta')
      await page.getByText('Alpha').waitFor({ state: 'detached' })
      await page.getByRole('searchbox').fill('')
      await page.getByText('Alpha').waitFor()
      await page.getByRole('button', { name: 'Delete message' }).nth(1).press('Enter')

      await page.getByText('Beta').waitFor({ state: 'detached' })
      await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Delete')
      expect((await sandbox.client.listSms()).sms.map((sms) => sms.body)).toEqual(['Gamma', 'Alpha'])
    })

    it('shows what a message says as text, never as markup', async () => {
      const attack = '<img src=x onerror="document.body.dataset.hacked=1"><b>x</b>'
      await sendSms({ Body: attack, From: attack })
      const page = await open('sms')
      await page.getByText(attack).first().waitFor()

      expect(await page.locator('main img, main b').count()).toBe(0)
      expect(await page.evaluate('document.body.dataset.hacked')).toBeUndefined()
    })
  })

  describe('Providers', () => {
    it('shows a call the moment it comes, and what was asked and answered', async () => {
      const page = await open('providers')
      await page.getByRole('link', { name: 'Twilio SMS' }).click()
      await page.getByText('None yet.').waitFor()
      await sendSms({ To: 'nobody' })
      const call = page.getByRole('region', { name: 'Calls' }).locator('summary')
      await call.press('Enter')
      const focused = await page.evaluate('document.activeElement.textContent')
      await page.getByText('To = nobody').waitFor()
      await page.getByText('"code": 21211').waitFor()
      await page.getByText('authorization: Basic •••').waitFor()
      await sendSms()
      await expect.poll(() => call.count()).toBe(2)
      expect(await page.getByText('To = nobody').isVisible()).toBe(true)
      expect(await page.evaluate('document.activeElement.textContent')).toBe(focused)
    })

    it('makes the provider misbehave, and behave again', async () => {
      const page = await open('providers/twilio')
      await page.getByLabel('Fail the next').fill('5')
      await page.getByLabel('With status').fill('503')
      await page.getByLabel('Refuse these recipients').fill('+49 1\n+49 2')
      await page.getByRole('button', { name: 'Apply' }).click()
      await page.getByText('misbehaves').waitFor()
      expect(await sendSms()).toBe(503)

      expect(await (await sandbox.get('/api/providers/twilio/dials')).json()).toMatchObject({
        failNext: 4,
        rejectRecipients: ['+49 1', '+49 2'],
      })
      await expect.poll(() => page.getByLabel('Fail the next').inputValue()).toBe('4')
      await page.getByRole('button', { name: 'Back to normal' }).click()
      await page.getByText('misbehaves').waitFor({ state: 'detached' })
      expect(await sendSms()).toBe(201)
    })

    it('sends a webhook by a button, shows its attempts, and sends it again', async () => {
      await using receiver = await startReceiver([500, 204])
      await sendSms({ StatusCallback: `${receiver.url}/status` })
      const page = await open('providers/twilio')
      await page.getByText('Report a status').click()
      await page.getByRole('combobox', { name: 'Status' }).selectOption('undelivered')
      await page.getByRole('button', { name: 'Send', exact: true }).click()
      await page.getByText('Webhook not delivered: the endpoint answered 500').first().waitFor()
      const webhooks = page.getByRole('region', { name: 'Webhooks' })
      await webhooks.locator('summary', { hasText: 'message.undelivered' }).click()
      await webhooks.getByText('MessageStatus = undelivered').waitFor()
      await webhooks.getByRole('button', { name: 'Send again' }).click()

      await webhooks.getByText(/answered 204/).waitFor()
      expect(receiver.requests.map((one) => one.path)).toEqual(['/status', '/status'])
    })

    it('is used with the keyboard alone', async () => {
      const page = await open('providers')
      const first = page.getByRole('link', { name: 'Twilio SMS' })
      await first.focus()
      await page.keyboard.press('ArrowDown')
      const second = String(await page.evaluate('document.activeElement.querySelector("strong, b, span")?.textContent'))
      expect(second).not.toContain('Twilio')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: second, level: 1 }).waitFor()
      await page.keyboard.press('Escape')

      await page.getByText('Choose a provider to see what it was asked.').waitFor()
      expect(await page.evaluate('document.activeElement.textContent')).toContain(second)
    })

    it('shows what a caller says as text, never as markup', async () => {
      const attack = '<img src=x onerror="document.body.dataset.hacked=1">'
      await sandbox.get(`/twilio/${encodeURIComponent(attack)}`, { headers: { 'x-note': '<b>x</b>' } })
      const page = await open('providers/twilio')
      await page.getByRole('region', { name: 'Calls' }).locator('summary').click()
      await page.getByText('x-note: <b>x</b>').waitFor()

      expect(await page.locator('main img, main b').count()).toBe(0)
      expect(await page.evaluate('document.body.dataset.hacked')).toBeUndefined()
    })
  })

  describe('Functions', () => {
    it('shows requests as they are answered, and marks those that cost too much', async () => {
      await sandbox.client.record(request)
      const page = await open('functions')
      await page.getByRole('cell', { name: 'GET /health' }).waitFor()
      await sandbox.client.record({ ...request, path: '/ai/plan', status: 500, cpuMs: 2300 })

      await page.getByRole('cell', { name: '2.3 s more than a hosted function may use' }).waitFor()
      expect(await page.locator('tbody code').allTextContents()).toEqual(['/ai/plan', '/health'])
      await page.getByRole('searchbox').fill('500')
      await expect.poll(() => page.locator('tbody code').allTextContents()).toEqual(['/ai/plan'])
      await page.getByRole('button', { name: 'Clear' }).click()
      await page.getByRole('searchbox').fill('')
      await page.getByRole('heading', { name: 'No request yet' }).waitFor()
    })
  })

  describe('the consent page', () => {
    const consentUrl = (name: string, path: string, callback: string, more: Record<string, string> = {}) =>
      `${sandbox.url}/identity/${name}${path}?${new URLSearchParams({
        ...{ client_id: 'atrium', redirect_uri: callback, response_type: 'code', state: 's', scope: 'openid email' },
        ...more,
      })}`
    const linkedin = '/oauth/v2/authorization'

    it('continues as a person who is known', async () => {
      await using receiver = await startReceiver([200])
      const page = await openQuietly(browser, consentUrl('linkedin', linkedin, receiver.url), troubles)
      await page.getByRole('button', { name: 'Continue as Ana Okafor' }).click()

      await page.waitForURL(`${receiver.url}/?code=*`)
      expect(new URL(page.url()).searchParams.get('state')).toBe('s')
    })

    it('lets one change who signs in, tells what cannot be, and remembers', async () => {
      await using receiver = await startReceiver([200])
      const page = await openQuietly(browser, consentUrl('linkedin', linkedin, receiver.url), troubles)
      await page.getByRole('link', { name: 'Somebody else' }).click()
      const form = page.getByRole('form', { name: 'Person who signs in' })
      await form.getByLabel('Name').fill('Dina Costa')
      await form.getByRole('textbox', { name: 'E-mail' }).fill('not an address')
      await form.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('alert').waitFor()
      // The browser reports the refusal of the form, as it should.
      expect(troubles.splice(0)).toEqual([expect.stringContaining('422')])
      await form.getByRole('checkbox', { name: 'Share the e-mail address' }).uncheck()
      await form.getByLabel('Position').fill('CTO')
      await form.getByRole('button', { name: 'Continue' }).click()

      await page.waitForURL(`${receiver.url}/?code=*`)
      const { people } = await sandbox.client.setPeople({})
      expect(people).toContainEqual(
        expect.objectContaining({ name: 'Dina Costa', email: null, position: 'CTO', company: null }),
      )
    })

    it('says no', async () => {
      await using receiver = await startReceiver([200])
      const page = await openQuietly(browser, consentUrl('google', '/o/oauth2/v2/auth', receiver.url), troubles)
      await page.getByRole('button', { name: 'Deny' }).press('Enter')

      await page.waitForURL(`${receiver.url}/?error=access_denied&state=s`)
    })

    it('posts the answer of Apple by itself', async () => {
      await using receiver = await startReceiver([200])
      const url = consentUrl('apple', '/auth/authorize', receiver.url, {
        response_mode: 'form_post',
        scope: 'name email',
      })
      const page = await openQuietly(browser, url, troubles)
      await page.getByRole('button', { name: 'Continue as Chidi Rao' }).click()
      await page.getByText('Arrived').waitFor()

      const [posted] = receiver.requests
      expect(posted?.method).toBe('POST')
      const form = new URLSearchParams(posted?.body)
      expect(form.get('state')).toBe('s')
      expect(JSON.parse(form.get('user') ?? '')).toMatchObject({ name: { firstName: 'Chidi', lastName: 'Rao' } })
    })

    it('runs nothing that a client calls itself', async () => {
      const attack = '<img src=x onerror="document.body.dataset.hacked=1">'
      const url = consentUrl('linkedin', linkedin, 'http://127.0.0.1:9/', { client_id: attack, scope: attack })
      const page = await openQuietly(browser, url, troubles)
      await page.getByText(attack).first().waitFor()

      expect(await page.evaluate('document.body.dataset.hacked')).toBeUndefined()
      expect(await page.locator('main img:not([alt=""])').count()).toBe(0)
    })

    it('fits a phone and can be read in light and dark', async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const url = consentUrl('linkedin', linkedin, 'http://127.0.0.1:9/', { sandbox_person: 'ben-keller' })
        const page = await openQuietly(browser, url, troubles, { ...phone, colorScheme })
        await page.getByRole('form').waitFor()
        expect(await sideways(page)).toBeLessThanOrEqual(0)
        for (const selector of ['.stage', '.who span', '.lacks em', '.primary', '.edit small', '.deny span']) {
          const ratio = await page.locator(selector).first().evaluate(contrastOf)
          expect(ratio, `${selector} in ${colorScheme}`).toBeGreaterThanOrEqual(4.5)
        }
      }
    })
  })

  it('fits a phone in every section, without scrolling sideways', async () => {
    await sendSms({ Body: `Long ${'word'.repeat(60)}` })
    await sandbox.client.record({ ...request, path: `/long/${'part-'.repeat(40)}` })
    const page = await open('sms', phone)
    await page.getByText('Long word').waitFor()
    expect(await sideways(page)).toBeLessThanOrEqual(0)
    await page.getByRole('link', { name: 'Functions' }).tap()
    await page.locator('tbody tr').waitFor()
    expect(await sideways(page)).toBeLessThanOrEqual(0)
    await page.getByRole('link', { name: 'Providers', exact: true }).tap()
    await page.getByRole('link', { name: 'Twilio SMS' }).tap()
    await page.getByRole('heading', { name: 'Twilio SMS' }).waitFor()
    expect(await sideways(page)).toBeLessThanOrEqual(0)
    await page.getByRole('link', { name: 'All providers' }).tap()
    await page.getByRole('link', { name: 'GitHub' }).waitFor()
  })

  it('has enough contrast in light and dark', async () => {
    await sendSms()
    await sendSms({ To: 'nobody' })
    await sandbox.client.setDials('twilio', { latencyMs: 1 })
    await sandbox.client.record({ ...request, status: 500, cpuMs: 2300 })
    await sandbox.client.record({ ...request, status: 404 })
    const places = {
      sms: ['.message-head', '.message-text', '.message .badge', '.message .danger'],
      'providers/twilio': [
        '.badge.good',
        '.badge.wait',
        '.path',
        '.took',
        '.provider-head p',
        '.primary',
        '.fields small',
      ],
      functions: ['.badge.bad', '.badge.wait', '.verb', 'td time', '.over', 'th'],
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [section, selectors] of Object.entries(places)) {
        const page = await open(section, { colorScheme })
        for (const selector of selectors) {
          const ratio = await page.locator(selector).first().evaluate(contrastOf)
          expect(ratio, `${selector} of ${section} in ${colorScheme}`).toBeGreaterThanOrEqual(4.5)
        }
        await page.context().close()
      }
    }
  })
})
