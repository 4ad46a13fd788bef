import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { buildOpenApi } from '../../scripts/openapi.ts'

const docs = join(import.meta.dirname, '..', '..', 'docs', 'api')

it('keeps docs/api/openapi.json in step with the routes', async () => {
  const stored: unknown = JSON.parse(readFileSync(join(docs, 'openapi.json'), 'utf8'))
  expect(stored).toEqual(JSON.parse(JSON.stringify(await buildOpenApi())))
})

it('describes every route with a summary, a tag and its errors', async () => {
  const { paths = {} } = await buildOpenApi()
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/health', '/health/ready', '/auth-hooks/send-email']))
  for (const [path, item] of Object.entries(paths)) {
    for (const operation of [item.get, item.post, item.put, item.patch, item.delete]) {
      if (!operation) continue
      expect(operation.summary, path).toBeTruthy()
      expect(operation.tags, path).toHaveLength(1)
      expect(operation.security, `${path} does not say who may call it`).toBeDefined()
    }
  }
})

it('[PLT-05] gives each operation an example for curl and for the official client, and the flows of signing in', async () => {
  const { paths = {}, info } = await buildOpenApi()
  for (const [path, item] of Object.entries(paths)) {
    for (const operation of [item.get, item.post, item.put, item.patch, item.delete]) {
      if (!operation) continue
      const sample = (source: string) => ({
        lang: expect.any(String),
        label: expect.any(String),
        source: expect.stringContaining(source),
      })
      expect(operation['x-codeSamples'], path).toEqual([sample('curl -X'), sample('supabase.functions.invoke')])
    }
  }
  expect(info.description?.match(/```mermaid\nsequenceDiagram/g)).toHaveLength(3)
})
