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

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Parameters and fields below a part of the document that say nothing of themselves. */
function silent(part: unknown, place: string): string[] {
  if (Array.isArray(part)) return part.flatMap((one) => silent(one, place))
  if (!isFields(part)) return []
  const named = [
    ...(typeof part.in === 'string' ? [[part.name, part] as const] : []),
    ...(isFields(part.properties) ? Object.entries(part.properties) : []),
  ]
  const own = named.flatMap(([name, field]) =>
    isFields(field) && !field.description && !field.$ref ? [`${place} ${name}`] : [],
  )
  return [...own, ...Object.entries(part).flatMap(([key, value]) => (key === 'example' ? [] : silent(value, place)))]
}

it('[PLT-05] says of each parameter and field of billing what it is', async () => {
  const { paths = {}, components } = await buildOpenApi()
  const billing = Object.entries(paths).filter(([path]) => path.startsWith('/api/v1/billing/'))
  expect(billing.length).toBeGreaterThan(30)
  const used = new Set<string>()
  const follow = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      follow(components?.schemas?.[name] ?? null)
    }
  }
  follow(billing)
  expect(used.size).toBeGreaterThan(30)
  expect(billing.flatMap(([path, item]) => silent(item, path))).toEqual([])
  expect([...used].flatMap((name) => silent(components?.schemas?.[name], name))).toEqual([])
})
