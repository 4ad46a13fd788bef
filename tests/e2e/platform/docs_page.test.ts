import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDocsSite } from '../../../scripts/docs_site.ts'
import { signedInPerson } from '../../support/api_person.ts'
import { launchBrowser, noBrowserReason, skipNote } from '../../support/browser.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

it('[PLT-04] becomes a folder that any static host can serve', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atrium-docs-'))
  try {
    await buildDocsSite(folder, 'https://api.example')
    expect((await readdir(folder)).sort()).toEqual([
      'favicon.png',
      'index.html',
      'openapi.json',
      'page.css',
      'page.js',
      'sequence_diagram.js',
      'swagger-ui-bundle.js',
      'swagger-ui.css',
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

describe.skipIf(noBrowserReason)(`the page of the API document in Chromium${skipNote}`, { timeout: 60_000 }, () => {
  let stack: TestStack
  let browser: Browser
  let page: Page
  const foreign: string[] = []
  const troubles: string[] = []
  beforeAll(async () => {
    stack = await testStack()
    browser = await launchBrowser()
    page = await open()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await stack[Symbol.asyncDispose]()
  })

  async function open(): Promise<Page> {
    const page = await browser.newPage()
    page.on('request', (request) => {
      if (!request.url().startsWith(stack.apiUrl) && !request.url().startsWith('data:')) foreign.push(request.url())
    })
    page.on('pageerror', (error) => troubles.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text())
    })
    // Without the slash at the end, as somebody would type it.
    await page.goto(`${stack.apiUrl}/docs`)
    await page.getByRole('heading', { name: /Atrium functions/ }).waitFor()
    return page
  }

  it('[PLT-04] [PLT-05] shows every operation with examples, and how signing in works as diagrams', async () => {
    await page.getByText('/api/v1/organizations', { exact: true }).first().waitFor()
    await page.locator('svg.diagram').nth(2).waitFor()
    expect(await page.locator('svg.diagram').count()).toBe(3)
    expect(await page.locator('svg.diagram').first().getAttribute('aria-label')).toContain('row-level security decides')
    await page.getByText('/api/v1/organizations', { exact: true }).first().click()
    await page.getByText('supabase.functions.invoke', { exact: false }).first().waitFor()
    expect(await page.locator('.opblock.is-open').textContent()).toContain('curl -X GET')
    expect(foreign).toEqual([])
    expect(troubles).toEqual([])
  })

  it('[PLT-04] calls the API from the page with the token of a person', async () => {
    const { token, id } = await signedInPerson(stack)
    await page.getByRole('button', { name: 'Authorize' }).first().click()
    await page.locator('.auth-container input').first().fill(token)
    await page
      .locator('.auth-container')
      .getByRole('button', { name: /apply|authorize/i })
      .first()
      .click()
    await page.getByRole('button', { name: 'Close' }).first().click()
    const path = page.getByText('/api/v1/me', { exact: true })
    const operation = page.locator('.opblock', { has: path })
    await path.first().click()
    await operation.getByRole('button', { name: 'Try it out' }).click()
    await operation.getByRole('button', { name: 'Execute' }).click()
    await operation.locator('.live-responses-table').getByText(id).first().waitFor()
    expect(troubles).toEqual([])
  })
})
