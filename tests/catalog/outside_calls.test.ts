import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const functionsFolder = join(import.meta.dirname, '..', '..', 'supabase', 'functions')

/** Files and folders that may reach out by themselves, each with what bounds its calls. */
const waysOut: Readonly<Record<string, string>> = {
  '_shared/providers/request_provider.ts': 'the one way to call a provider, with a time limit on each attempt',
  '_shared/outgoing/': 'addresses that customers give: guarded, with limits of its own',
  '_shared/observability/': "the backend's own API and Sentry, each call with a time limit and never repeated",
  '_shared/health/check_readiness.ts': "the platform's own services, each with a time limit",
  '_shared/health/platform_checks.ts': 'the same, for the deep check',
  '_shared/files/storage.ts': "the platform's own Storage, whose content streams, each call with a time limit",
  '_shared/providers/mail/check_mail.ts': 'SMTP, three seconds',
  'health/index.ts': 'gives fetch to the check above',
}

/** Names by which code reaches the network; `app.fetch` and keys of objects are something else. */
const reachesOut =
  /(?<![.\w'"`-])fetch\b(?!\s*[:?])|globalThis\.fetch|new (WebSocket|EventSource|XMLHttpRequest)\b|from '(node:)?(https?|http2|undici|axios)'/

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/ .*$/gm, '')

it('[SEC-25] leaves functions no way to call the outside without a time limit', () => {
  const found = readdirSync(functionsFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => reachesOut.test(withoutComments(readFileSync(join(functionsFolder, name), 'utf8'))))
  expect(found).toContain('_shared/providers/request_provider.ts')
  expect(found.filter((name) => !Object.keys(waysOut).some((way) => name.startsWith(way)))).toEqual([])
})

it.each([
  ['await fetch(url)', true],
  ['const deps = { fetch, clock }', true],
  ['globalThis.fetch(url)', true],
  ["import { request } from 'node:https'", true],
  ['export default { fetch: app.fetch }', false],
  ["log('fetch failed')", false],
  ['// we do not fetch here', false],
])('tells a call of the outside from what only looks like one: %s', (code, isOne) => {
  expect(reachesOut.test(withoutComments(code))).toBe(isOne)
})
