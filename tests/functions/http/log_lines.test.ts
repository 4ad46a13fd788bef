import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { createLogger as createLocalLogger } from '../../../local/logger.ts'
import { AppError, createApp } from '../../../supabase/functions/_shared/http/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'

const page = join(import.meta.dirname, '..', '..', '..', 'docs', 'domains', 'platform', 'observability.md')
const line = z.record(z.string(), z.unknown())

/** Names in the first column of the table under the heading. */
async function documented(heading: string): Promise<string[]> {
  const text = await readFile(page, 'utf8')
  const [, section = ''] = text.split(`${heading}\n`)
  const rows = (section.split(/\n#/)[0] ?? '').matchAll(/^\| (`[^|]+`) +\|/gm)
  return [...rows].flatMap((row) => [...(row[1] ?? '').matchAll(/`(\w+)`/g)].map((name) => name[1] ?? ''))
}

it('[OBS-05] writes lines that a log store searches without a parser, with the fields of the page of observability', async () => {
  const lines: string[] = []
  const app = createApp('sample', { logger: createLogger('sample', (_level, text) => lines.push(text)) })
  app.get('/things/:id', () => {
    throw new AppError(409, 'thing_taken', 'Cannot take thing')
  })
  app.get('/broken', () => {
    throw new Error('cannot reach somebody@example.org', { cause: new Error('connection refused') })
  })
  const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const headers = { 'sb-request-id': 'gateway-0001', 'x-request-id': 'request-0001', traceparent: parent }
  await app.fetch(new Request('http://internal/sample/things/42', { headers }))
  await app.fetch(new Request('http://internal/sample/broken', { headers }))
  const objects = lines.map((text) => line.parse(JSON.parse(text)))
  expect(lines.every((text) => !text.includes('\n'))).toBe(true)
  expect(objects[0]).toMatchObject({
    ...{ level: 'info', name: 'sample', event: 'request', request_id: 'request-0001', trace_id: 'a'.repeat(32) },
    ...{ method: 'GET', route: '/sample/things/:id', status: 409, error_code: 'thing_taken' },
  })
  const names = new Set(objects.flatMap((object) => Object.keys(object)))
  expect([...names].sort()).toEqual((await documented('### Fields of a line')).sort())
})

it('[OBS-05] has the local services write one object a line, too, where asked for', () => {
  const lines: string[] = []
  const logger = createLocalLogger({ level: 'info', format: 'json', write: (text) => lines.push(text) })
  logger.child('rest').warn('Connection lost', { attempt: 2 })
  expect(lines.map((text) => line.parse(JSON.parse(text)))).toEqual([
    { time: expect.stringMatching(/Z$/), level: 'warn', service: 'rest', message: 'Connection lost', attempt: 2 },
  ])
})
