import type { Browser } from 'playwright-core'
import { ensureChromium } from '../../scripts/ensure_chromium.ts'
import { launchChromium } from '../../scripts/launch_chromium.ts'

const search = ensureChromium()

/**
 * Why browser tests cannot run on this machine, null when they can. Browser tests begin with
 * `describe.skipIf(noBrowserReason)` and put {@link skipNote} into their title, so that a report says what was left out.
 */
export const noBrowserReason: string | null = search.path === null ? search.reason : null

if (noBrowserReason !== null) console.warn(`Browser tests are left out: ${noBrowserReason}`)

/** For the title of a suite that may be left out. */
export const skipNote = noBrowserReason === null ? '' : ` (left out: ${noBrowserReason})`

/**
 * Starts Chromium without a window. The caller closes it.
 *
 * @throws when there is none, with the reason
 */
export async function launchBrowser(): Promise<Browser> {
  if (search.path === null) throw new Error(search.reason)
  return launchChromium(search.path)
}
