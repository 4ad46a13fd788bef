import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../local/logger.ts'
import { createSandbox, type Sandbox } from '../../../local/sandbox/mod.ts'
import { launchBrowser, noBrowserReason, skipNote } from '../../support/browser.ts'
import { fileDatabase, withCommit } from '../../support/database.ts'
import { openQuietly } from './page_support.ts'

let sandbox: Sandbox

beforeAll(async () => {
  const { url } = await fileDatabase()
  await withCommit(async (db) => {
    await db.exec(`
      select private.enqueue_job('platform.probe', '{"secret": "never shown"}');
      update private.jobs
      set state = 'dead', finished_at = now(), attempt = 8, last_error = 'Mail server is gone'
      where kind = 'platform.probe';
      insert into private.webhook_events (provider, provider_event_id, event_type, occurred_at, payload)
      values ('standard', 'evt_1', 'invoice.paid', now(), '{"secret": "never shown"}');
      insert into private.alerts (rule_key, subject, state, value, bad_since, fired_at)
      select key, 'mail', 'firing', 7, now(), now() from private.alert_rules order by key limit 1`)
  })
  sandbox = await createSandbox({
    port: 0,
    smtpPort: 0,
    scannerPort: 0,
    dataFolder: null,
    logger: silentLogger,
    databaseUrl: url,
  })
})
afterAll(() => sandbox.close())

describe('what the platform works on', () => {
  it('is answered with jobs, webhook events and alerts, without their contents', async () => {
    const response = await fetch(`${sandbox.url}/api/platform`)
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({
      jobs: [{ name: 'platform.probe', state: 'dead', detail: 'attempt 8 of 8 · Mail server is gone' }],
      webhookEvents: [{ name: 'standard invoice.paid', state: 'received' }],
      alerts: [{ name: expect.stringContaining('mail'), state: 'firing', detail: 'value 7' }],
    })
    expect(text).not.toContain('never shown')
  })

  it('is refused with a hint where no database belongs to the sandbox', async () => {
    const alone = await createSandbox({ port: 0, smtpPort: 0, scannerPort: 0, dataFolder: null, logger: silentLogger })
    try {
      const response = await fetch(`${alone.url}/api/platform`)
      expect(response.status).toBe(503)
      expect(await response.json()).toMatchObject({
        code: 'platform_unavailable',
        hint: expect.stringContaining('--db-url'),
      })
    } finally {
      await alone.close()
    }
  })

  it.skipIf(noBrowserReason)(`is shown on the page, and new work appears by itself${skipNote}`, async () => {
    const browser = await launchBrowser()
    const troubles: string[] = []
    try {
      const page = await openQuietly(browser, `${sandbox.url}/#/platform`, troubles)
      await page.getByText('attempt 8 of 8 · Mail server is gone').waitFor()
      await page.getByText('standard invoice.paid').waitFor()
      await page.getByText('firing').waitFor()
      await withCommit((db) => db.exec(`select private.enqueue_job('webhook_event.process')`))
      await page.getByText('webhook_event.process').waitFor()
      expect(troubles).toEqual([])
    } finally {
      await browser.close()
    }
  })
})
