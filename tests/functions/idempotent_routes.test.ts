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
  expect(withoutKey(JSON.parse(await readFile(file, 'utf8')))).toEqual([])
  const parameters = [{ name: 'idempotency-key' }]
  const sample = {
    '/api/v1/a': { get: {}, post: { parameters } },
    '/api/v1/b': { delete: {} },
    '/worker': { post: {} },
  }
  expect(withoutKey({ paths: sample })).toEqual(['delete /api/v1/b'])
})
