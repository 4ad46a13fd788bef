import { expect, it } from 'vitest'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'

it('writes one line of JSON for each event, with addresses, tokens and keys taken out', () => {
  const lines: [string, string][] = []
  const logger = createLogger('billing', (level, line) => lines.push([level, line]))
  logger.info('checkout_started', { invoice_count: 2 })
  logger.error(
    'mail_failed',
    new Error('550 <ann.o+x@example.co.in> unknown', { cause: new Error('sb_secret_abc123') }),
    {
      token: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
    },
  )
  expect(lines[0]).toEqual(['info', '{"level":"info","name":"billing","event":"checkout_started","invoice_count":2}'])
  const [level, line = ''] = lines[1] ?? []
  expect(level).toBe('error')
  expect(line).not.toMatch(/example\.co\.in|abc123|eyJ/)
  expect(JSON.parse(line)).toMatchObject({
    error: 'Error: 550 <[address]> unknown',
    reason: '[key]',
    token: '[token]',
  })
})
