import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createSentry } from '../../../supabase/functions/_shared/observability/sentry.ts'

const eventSchema = z.looseObject({
  type: z.string().optional(),
  environment: z.string(),
  tags: z.record(z.string(), z.unknown()).optional(),
  user: z.unknown().optional(),
  exception: z.object({ values: z.array(z.looseObject({ type: z.string(), value: z.string() })) }).optional(),
  breadcrumbs: z.array(z.looseObject({ message: z.string() })).optional(),
  spans: z.array(z.looseObject({ description: z.string() })).optional(),
})

describe('reporting to Sentry', () => {
  let server: Server
  let dsn = ''
  let bodies: string[] = []
  let paths: string[] = []
  let answer: number | 'hang' = 200
  beforeEach(async () => {
    bodies = []
    paths = []
    answer = 200
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        bodies.push(body)
        paths.push(request.url ?? '')
        if (answer !== 'hang') response.writeHead(answer).end('{"id":"x"}')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    dsn = `http://key@127.0.0.1:${typeof address === 'object' ? address?.port : 0}/sentry/42`
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const make = (options: { timeoutMs?: number } = {}) =>
    createSentry({ dsn, environment: 'test', release: 'abc123', ...options })
  const events = () => bodies.map((body) => eventSchema.parse(JSON.parse(body.split('\n')[2] ?? '{}')))
  const context = {
    functionName: 'billing',
    operation: 'POST /billing/checkout',
    requestId: 'request-1',
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    userId: 'user-1',
    organizationId: 'organization-1',
  }
  const step = {
    category: 'provider',
    message: 'stripe POST: failed',
    startedAt: new Date(0),
    durationMs: 12,
    isFailure: true,
  } as const

  it('[OBS-06] [OBS-09] names person, organization and request by their ids, with environment and release', async () => {
    const sentry = make()
    sentry.captureError('payment', new Error('It broke'), context, [step])
    await sentry.flush(2000)
    expect(paths).toEqual([expect.stringMatching(/^\/sentry\/api\/42\/envelope\/\?.*sentry_key=key/)])
    expect(events()).toMatchObject([
      {
        environment: 'test',
        release: 'abc123',
        user: { id: 'user-1' },
        tags: {
          error_kind: 'payment',
          function: 'billing',
          operation: 'POST /billing/checkout',
          request_id: 'request-1',
          organization_id: 'organization-1',
        },
        contexts: { trace: { trace_id: context.traceId, span_id: context.spanId } },
        exception: { values: [{ type: 'Error', value: 'It broke', stacktrace: { frames: expect.any(Array) } }] },
        breadcrumbs: [{ category: 'provider', message: 'stripe POST: failed', data: { duration_ms: 12 } }],
      },
    ])
  })

  it('[OBS-06] sends no personal data: not what a message quotes, no host, no request', async () => {
    const sentry = make()
    const error = new Error('No mail to ada@example.org, call +44 20 7946 0958', {
      cause: new Error('sb_secret_abcdef was refused for grace@example.org'),
    })
    sentry.captureError('mail', error, context, [])
    await sentry.flush(2000)
    expect(bodies).toHaveLength(1)
    expect(bodies[0]).toContain('No mail to [address], call [phone]')
    expect(bodies[0]).not.toMatch(/ada@|grace@|7946|sb_secret_a|server_name|127\.0\.0\.1/)
  })

  it('keeps what runs at once apart', async () => {
    const sentry = make()
    for (const id of ['one', 'two', 'three']) sentry.captureError('request', new Error(id), { requestId: id }, [])
    await sentry.flush(2000)
    const seen = events().map(({ tags, exception }) => [tags?.request_id, exception?.values[0]?.value])
    expect(seen.sort()).toEqual([
      ['one', 'one'],
      ['three', 'three'],
      ['two', 'two'],
    ])
  })

  it('[OBS-11] sends a trace with the calls that were made on the way', async () => {
    const sentry = make()
    sentry.captureTrace({
      context,
      op: 'http.server',
      startedAt: new Date(Date.UTC(2026, 0, 1)),
      durationMs: 250,
      isFailure: false,
      breadcrumbs: [step],
    })
    await sentry.flush(2000)
    expect(events()).toMatchObject([
      {
        type: 'transaction',
        transaction: 'POST /billing/checkout',
        start_timestamp: Date.UTC(2026, 0, 1) / 1000,
        timestamp: Date.UTC(2026, 0, 1) / 1000 + 0.25,
        contexts: { trace: { trace_id: context.traceId, span_id: context.spanId, op: 'http.server', status: 'ok' } },
        spans: [{ op: 'http.client', description: 'stripe POST: failed', parent_span_id: context.spanId }],
      },
    ])
  })

  it.each([429, 413, 500, 'hang'] as const)('lets nothing fail or wait when Sentry answers %s', async (given) => {
    answer = given
    const sentry = make({ timeoutMs: 100 })
    sentry.captureError('request', new Error('It broke'), context, [])
    await expect(sentry.flush(300)).resolves.toBeUndefined()
    expect(bodies).toHaveLength(1)
  })
})
