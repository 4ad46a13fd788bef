import type { Browser, BrowserContextOptions, Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseMail } from '../../../local/sandbox/mail/parse_mail.ts'
import { previewDocument } from '../../../local/sandbox/mail/preview_document.ts'
import { launchBrowser, noBrowserReason, skipNote } from '../../support/browser.ts'
import { contrastOf, openQuietly, phone } from './page_support.ts'
import { startTestSandbox, type TestSandbox, temporaryFolder } from './sandbox_support.ts'

describe.skipIf(noBrowserReason)(`sandbox page in Chromium${skipNote}`, () => {
  let sandbox: TestSandbox
  let browser: Browser
  let troubles: string[] = []
  beforeAll(async () => {
    sandbox = await startTestSandbox()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await sandbox.close()
  })
  beforeEach(async () => {
    troubles = []
    await sandbox.client.clear()
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    expect(troubles).toEqual([])
  })

  /** Opens the page and notes everything that the browser complains about. */
  async function openPage(options: BrowserContextOptions = {}, url = sandbox.url): Promise<Page> {
    const page = await openQuietly(browser, url, troubles, options)
    await page.getByText('Live', { exact: true }).waitFor()
    return page
  }

  it('says what to do while there is no mail', async () => {
    const page = await openPage()

    await page.getByRole('heading', { name: 'No mail yet' }).waitFor()
    await page.getByText(`127.0.0.1:${sandbox.smtpPort}`).waitFor()
    expect(await page.getByRole('button', { name: 'Delete all' }).isDisabled()).toBe(true)
  })

  it('shows new mail at once, newest first, and announces it', async () => {
    await sandbox.send({ subject: 'Earlier', text: 'x' })
    const page = await openPage()
    await sandbox.send({ subject: 'Later', text: 'x' })

    await page.locator('#announcer', { hasText: 'New mail: Later, to ana@example.test' }).waitFor({ state: 'attached' })
    expect(await page.locator('.row-subject').allTextContents()).toEqual(['Later', 'Earlier'])
    expect(await page.title()).toBe('(1) Mail · Atrium sandbox')
    expect(await page.getByRole('link', { name: /^New\. .*Later/ }).count()).toBe(1)
  })

  it('keeps a mail that arrives while an older list is still on its way', async () => {
    const page = await openPage()
    const release = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    const hold = async (route: Route) => {
      const response = await route.fetch()
      answered.resolve()
      await release.promise
      await route.fulfill({ response })
    }
    await page.route('**/api/mails?*', hold, { times: 1 })
    await page.reload()
    await answered.promise
    await sandbox.send({ subject: 'Overtakes', text: 'x' })
    await page.getByText('Overtakes').first().waitFor()
    const late = page.waitForResponse(/api\/mails\?/)
    release.resolve()
    await late

    expect(await page.locator('.row-subject').allTextContents()).toEqual(['Overtakes'])
  })

  it('shows code, links, files, text and source of a mail, and copies', async () => {
    const url = 'https://app.test/verify?token=abc'
    await sandbox.send({
      subject: 'Your code',
      text: 'The code is 482913',
      html: `<h1>Your code</h1><p>482913</p><a href="${url}">Confirm</a>`,
      attachments: [{ filename: 'terms.txt', content: 'terms' }],
    })
    const page = await openPage({ permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByRole('link', { name: /Your code/ }).click()
    const article = page.getByRole('article', { name: 'Mail' })

    await article.getByRole('button', { name: 'Copy code 482913' }).click()
    await article.getByText('Copied', { exact: true }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('482913')
    expect(await article.getByRole('link', { name: /^Confirm/ }).getAttribute('href')).toBe(url)
    const download = page.waitForEvent('download')
    await article.getByRole('link', { name: 'terms.txt' }).click()
    expect((await download).suggestedFilename()).toBe('terms.txt')
    await page.frameLocator('iframe').getByRole('heading', { name: 'Your code' }).waitFor()
    await article.getByRole('tab', { name: 'HTML' }).press('ArrowRight')
    await article.getByRole('tabpanel', { name: 'Text' }).getByText('The code is 482913').waitFor()
    await article.getByRole('tab', { name: 'Text' }).press('ArrowRight')
    await article.getByText('Subject: Your code').waitFor()
  })

  it('opens a link of the preview in a new tab that works', async () => {
    await sandbox.send({ subject: 'Link', html: `<a href="${sandbox.url}/api/status" target="_top">Open it</a>` })
    const page = await openPage()
    await page.getByRole('link', { name: /Link/ }).click()
    const popup = page.waitForEvent('popup')
    await page.frameLocator('iframe').getByRole('link', { name: 'Open it' }).click()

    await (await popup).getByText('smtpPort').waitFor()
    expect(page.url()).toContain('#/mail/')
  })

  it('finds mails by address or subject', async () => {
    await sandbox.send({ to: 'bob@example.test', subject: 'Invoice', text: 'x' })
    await sandbox.send({ subject: 'Welcome', text: 'x' })
    const page = await openPage()
    const field = page.getByRole('searchbox', { name: 'Search mails by address or subject' })

    await field.fill('bob@')
    await page.getByText('Welcome').waitFor({ state: 'detached' })
    expect(await page.locator('.row-subject').allTextContents()).toEqual(['Invoice'])
    await field.fill('nothing like it')
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor()
    await field.fill('')
    await page.getByText('Welcome').waitFor()
  })

  it('loads older mails on request', async () => {
    for (let n = 0; n < 52; n++) await sandbox.send({ subject: `Mail ${n}`, text: 'x' })
    const page = await openPage()
    await page.locator('.rows li').nth(49).waitFor()
    await page.getByRole('button', { name: 'Show older mails' }).click()

    await page.locator('.rows li').nth(51).waitFor()
    expect(await page.locator('.row-subject').last().textContent()).toBe('Mail 0')
    expect(await page.getByRole('button', { name: 'Show older mails' }).isVisible()).toBe(false)
  })

  it('is used with the keyboard alone', async () => {
    await sandbox.send({ subject: 'First', text: 'x' })
    await sandbox.send({ subject: 'Second', text: 'x' })
    const page = await openPage()
    const focused = () => page.evaluate('document.activeElement.textContent + document.activeElement.id')

    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('main')
    await page.keyboard.press('/')
    expect(await focused()).toBe('mail-search')
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toContain('Second')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'First' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Choose a mail to read it.').waitFor()
    expect(await focused()).toContain('First')
  })

  it('deletes the open mail and goes to its neighbour', async () => {
    await sandbox.send({ subject: 'Stays', text: 'x' })
    await sandbox.send({ subject: 'Goes', text: 'x' })
    const page = await openPage()
    await page.getByRole('link', { name: /Goes/ }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()

    await page.getByRole('heading', { name: 'Stays' }).waitFor()
    expect((await sandbox.client.listMails()).mails.map((mail) => mail.subject)).toEqual(['Stays'])
  })

  it('shows one thing at a time on a phone, without scrolling sideways', async () => {
    await sandbox.send({ subject: `Long ${'word'.repeat(60)}`, html: '<table width="900"><td>wide</td></table>' })
    const page = await openPage(phone)
    const sideways = () => page.evaluate('document.documentElement.scrollWidth - innerWidth')

    expect(await sideways()).toBeLessThanOrEqual(0)
    await page.getByRole('link', { name: /Long/ }).tap()
    await page.getByRole('heading', { name: /Long/ }).waitFor()
    expect(await page.getByRole('searchbox').isVisible()).toBe(false)
    expect(await sideways()).toBeLessThanOrEqual(0)
    await page.getByRole('link', { name: 'All mails' }).tap()
    await page.getByRole('searchbox').waitFor()
  })

  it('has enough contrast in light and dark', async () => {
    await sandbox.send({ subject: 'Contrast', text: 'Some text, code 482913' })
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openPage({ colorScheme })
      await page.getByRole('link', { name: /Contrast/ }).click()
      await page.getByRole('heading', { name: 'Contrast' }).waitFor()
      const selectors = ['.row-to', '.row-preview', '.facts dt', 'nav a', '.danger', '.finds h2', '.connection']
      for (const selector of selectors) {
        const ratio = await page.locator(selector).first().evaluate(contrastOf)
        expect(ratio, `${selector} in ${colorScheme}`).toBeGreaterThanOrEqual(4.5)
      }
    }
  })

  it('shows everything that a mail says as text, never as markup', async () => {
    const attack = '<img src=x onerror="document.body.dataset.hacked=1"><b>x</b>'
    await sandbox.send({
      from: { name: attack, address: 'evil@example.test' },
      subject: attack,
      text: `${attack} https://a.test/"onmouseover="alert(1) 123456`,
      html: `<a href="https://a.test/"><b>${attack}</b></a>`,
      attachments: [{ filename: `${attack}.txt`, content: 'x' }],
    })
    const page = await openPage()
    await page.getByRole('link', { name: /onerror/ }).click()
    await page.getByRole('tab', { name: 'Text' }).click()
    await page.getByRole('tabpanel').getByText(attack).waitFor()

    expect(await page.locator('main img, main b').count()).toBe(0)
    expect(await page.evaluate('document.body.dataset.hacked')).toBeUndefined()
  })

  it('runs nothing and loads nothing of a hostile mail, cleaned or not', async () => {
    const attacks = [
      '<script>top.hacked=1</script><svg onload="top.hacked=1"><script>top.hacked=1</script></svg>',
      '<math><mtext><table><mglyph><style><!--</style><img title="--><img src onerror=top.hacked=1>">',
      '<noscript><p title="</noscript><img src=x onerror=top.hacked=1>"></noscript>',
      '<style><style/><img src=x onerror=top.hacked=1></style><textarea><img src=x onerror=top.hacked=1></textarea>',
      '<xmp><p title="</xmp><img src=x onerror=top.hacked=1>"></xmp><iframe srcdoc="<script>top.hacked=1</script>">',
      '<a href="javascript:top.hacked=1">x</a><meta http-equiv="refresh" content="0;url=https://evil.test/">',
    ].join('')
    const cleaned = previewDocument(await parseMail(Buffer.from(`Content-Type: text/html\r\n\r\n${attacks}`)))
    const context = await browser.newContext()
    const bare = await context.newPage()
    // Without policy and frame: the cleaning alone must hold.
    await bare.setContent(cleaned ?? '')
    expect(await bare.evaluate('window.hacked')).toBeUndefined()

    const tracker = `${sandbox.url}/favicon.svg?tracked`
    const remote = `<img src="${tracker}"><p style="background:url(${tracker})">end</p>`
    await sandbox.send({ subject: 'Hostile', html: attacks + remote })
    const page = await openPage()
    const loaded: string[] = []
    page.on('response', (response) => loaded.push(response.url()))
    await page.getByRole('link', { name: /Hostile/ }).click()
    await page.frameLocator('iframe').getByText('end', { exact: true }).waitFor()
    await expect.poll(() => troubles.length).toBeGreaterThan(0)
    expect(await page.evaluate('window.hacked')).toBeUndefined()
    expect(loaded.filter((url) => url.includes('tracked') || url.includes('evil'))).toEqual([])
    // The browser says what the policy held back: the one thing that the cleaning leaves to it.
    expect(troubles.splice(0)).toEqual([expect.stringMatching(/favicon\.svg\?tracked.*Content Security Policy/)])
  })

  it('goes on by itself after the sandbox was away, with what came meanwhile', async () => {
    await using folder = await temporaryFolder()
    const first = await startTestSandbox(folder.path)
    const page = await openPage({}, first.url)
    await first.close()
    await page.getByText('Reconnecting', { exact: true }).waitFor()
    const second = await startTestSandbox(folder.path, Number(new URL(first.url).port))
    await second.send({ subject: 'Meanwhile', text: 'x' })

    await page.getByText('Meanwhile').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    // The browser says that the connection was lost: it was.
    for (const trouble of troubles.splice(0)) expect(trouble).toMatch(/ERR_(CONNECTION|INCOMPLETE|EMPTY)/)
    await page.close()
    await second.close()
  })
})
