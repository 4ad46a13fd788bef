import { createRoute, z } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import { continueTrace, createApp } from '../../../supabase/functions/_shared/http/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'

describe('a trace', () => {
  it('[OBS-01] goes on with the id of the caller and a span of its own', () => {
    const trace = continueTrace(`00-${traceId}-${parentId}-01`)
    expect(trace).toMatchObject({ traceId, parentId, isSampled: true })
    expect(trace.spanId).toMatch(/^[0-9a-f]{16}$/)
    expect(trace.spanId).not.toBe(parentId)
    expect(trace.header).toBe(`00-${traceId}-${trace.spanId}-01`)
  })

  it('accepts later versions with more fields', () => {
    expect(continueTrace(`01-${traceId}-${parentId}-00-future`)).toMatchObject({ traceId, isSampled: false })
  })

  it.each([
    undefined,
    '',
    'nonsense',
    `00-${traceId}-${parentId}-01-more`,
    `ff-${traceId}-${parentId}-01`,
    `00-${'0'.repeat(32)}-${parentId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${parentId}-01`,
    `00-${traceId}-${parentId}-01\r\nset-cookie: a=b`,
  ])('begins anew when the header is %j', (header) => {
    const trace = continueTrace(header)
    expect(trace.parentId).toBeNull()
    expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(trace.traceId).not.toBe(traceId)
  })
})

describe('the log line of a request', () => {
  const lines: string[] = []
  const app = createApp('sample', { logger: createLogger('sample', (_level, line) => lines.push(line)) })
  app.openapi(
    createRoute({
      method: 'get',
      path: '/things',
      responses: { 200: { description: 'All', content: { 'application/json': { schema: z.array(z.string()) } } } },
    }),
    (c) => c.json([], 200),
  )
  const call = (path: string, headers: Record<string, string> = {}) => {
    lines.length = 0
    return app.fetch(new Request(`http://internal/sample${path}`, { headers }))
  }
  const logged = () => JSON.parse(lines.at(-1) ?? '')

  it('[OBS-01] [OBS-04] carries the ids that the caller sent and the time it took, and the answer repeats them', async () => {
    const response = await call('/things', {
      'x-request-id': 'from-the-app-1',
      'sb-request-id': 'from-gateway-1',
      traceparent: `00-${traceId}-${parentId}-01`,
    })
    expect(response.headers.get('x-request-id')).toBe('from-the-app-1')
    expect(response.headers.get('traceparent')).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`))
    expect(logged()).toMatchObject({
      request_id: 'from-the-app-1',
      gateway_request_id: 'from-gateway-1',
      trace_id: traceId,
      parent_span_id: parentId,
      status: 200,
      duration_ms: expect.any(Number),
    })
  })

  it('never takes an id over that could forge a line or a header', async () => {
    const response = await call('/things', { 'x-request-id': '"},{"level":"error', 'sb-request-id': 'short' })
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(logged()).not.toHaveProperty('gateway_request_id')
  })

  it('names the code of an error that was answered', async () => {
    await call('/nowhere')
    expect(logged()).toMatchObject({ status: 404, error_code: 'not_found' })
  })
})
