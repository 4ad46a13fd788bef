import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createPages } from '../pages.ts'
import type { Service } from '../service.ts'

/** Path of the page, as `authorization_url_path` of config.toml names it. */
export const consentPath = '/oauth/consent'

/** Serves the page that asks people what an app may do, as a static host of a real installation would. */
export function createConsentService(options: { publicUrl: string; publishableKey: string }): Service {
  const library = dirname(createRequire(import.meta.url).resolve('@supabase/supabase-js/package.json'))
  const files = new Map([
    ...['index.html', 'page.js', 'page.css'].map((name): [string, string] => [
      name,
      join(import.meta.dirname, 'page', name),
    ]),
    ['supabase.js', join(library, 'dist', 'umd', 'supabase.js')],
  ])
  const { publicUrl: url, publishableKey } = options
  return createPages(consentPath, async (name) => {
    if (name === 'config.json') return JSON.stringify({ url, publishableKey })
    const file = files.get(name)
    return file === undefined ? null : readFile(file)
  })
}
