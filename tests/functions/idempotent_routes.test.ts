import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.looseObject({ parameters: z.array(z.looseObject({ name: z.string() })).default([]) })),
  ),
})

/** Routes that take no key, each with the reason. Answers with tokens must not be kept. */
const withoutKeys: Readonly<Record<string, string>> = {
  'post /api/v1/auth/register': 'the same again sends at most another mail',
  'post /api/v1/auth/login': 'answers with tokens; the same again is another sign-in',
  'post /api/v1/auth/refresh': 'answers with tokens; Auth itself answers the same for 10 seconds',
  'post /api/v1/auth/logout': 'the same again ends nothing more',
  'post /api/v1/documents/preview': 'keeps nothing',
  'post /api/v1/billing/invoices/{invoice_id}/download': 'reads only',
  'post /api/v1/auth/change-password': 'the same again is refused: the password is another one by then',
}

/** Routes of the REST face that change something and do not take an idempotency key. */
function withoutKey(document: z.input<typeof documentSchema>): string[] {
  return Object.entries(documentSchema.parse(document).paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method, { parameters }]) => {
        const takesKey = parameters.some(({ name }) => name.toLowerCase() === 'idempotency-key')
        return path.startsWith('/api/') && method !== 'get' && !takesKey
      })
      .map(([method]) => `${method} ${path}`),
  )
}

it('[A11-03] takes an idempotency key on every route of the REST face that changes something', async () => {
  const file = join(import.meta.dirname, '..', '..', 'docs', 'api', 'openapi.json')
  expect(withoutKey(JSON.parse(await readFile(file, 'utf8'))).sort()).toEqual(Object.keys(withoutKeys).sort())
  const parameters = [{ name: 'idempotency-key' }]
  const sample = {
    '/api/v1/a': { get: {}, post: { parameters } },
    '/api/v1/b': { delete: {} },
    '/worker': { post: {} },
  }
  expect(withoutKey({ paths: sample })).toEqual(['delete /api/v1/b'])
})
