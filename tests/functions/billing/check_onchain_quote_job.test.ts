import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkOnchainQuoteJob } from '../../../supabase/functions/_shared/billing/check_onchain_quote_job.ts'
import type { ChainFacts, ChainReader } from '../../../supabase/functions/_shared/providers/payments/chain_reader.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { fakeJob } from '../platform/fakes.ts'

const facts: ChainFacts = { chain_id: 137, transaction_hash: '0xab', head: 7, finalized: null, receipt: null }

/** Runs the job once. @returns what it answers, and what the database was told */
async function run(options: { check?: object | null; answer?: object; read?: ChainReader['readTransaction'] | null }) {
  const { check = { chain_id: 137, transaction_hash: '0xab', recheck_seconds: 15 }, read = async () => facts } = options
  const told: object[] = []
  const db = {
    async rpc(name: string, parameters: object) {
      if (name === 'get_onchain_check') return { data: check === null ? [] : [check], error: null }
      told.push(parameters)
      return { data: [options.answer ?? { state: 'submitted', failure_code: null, recheck_seconds: 15 }], error: null }
    },
  }
  const reader =
    read === null
      ? null
      : { readTransaction: read, estimateTransfer: () => Promise.reject(new Error('Not asked here')) }
  const deps = {
    clock: systemClock,
    logger: createLogger('test', () => {}),
    db,
    signal: new AbortController().signal,
    report: async () => {},
  }
  const handler = checkOnchainQuoteJob(() => reader)
  const outcome = await handler.run(deps, fakeJob('onchain.check_quote', { quote_id: randomUUID() }, { checks: 2 }))
  return { outcome, told }
}

describe('the job that looks at a transaction', () => {
  it('[BIL-52] tells the database what nodes say, and comes back when the database says so', async () => {
    const { outcome, told } = await run({})
    expect(told).toEqual([{ quote_id: expect.any(String), facts }])
    expect(outcome).toEqual({ continueWith: { checks: 3 }, afterSeconds: 15 })
    const answer = { state: 'failed', failure_code: 'underpaid', recheck_seconds: null }
    expect((await run({ answer })).outcome).toEqual({ result: { state: 'failed', failure_code: 'underpaid' } })
  })

  it('[BIL-52] decides nothing while nodes disagree, and asks nobody about a quote that has ended', async () => {
    const disagreeing = await run({ read: async () => null })
    expect(disagreeing).toEqual({ outcome: { continueWith: { checks: 3 }, afterSeconds: 15 }, told: [] })
    for (const check of [null, { chain_id: 137, transaction_hash: '0xab', recheck_seconds: null }]) {
      const ended = await run({ check, read: () => Promise.reject(new Error('Was asked')) })
      expect(ended).toEqual({ outcome: { result: { state: 'ended' } }, told: [] })
    }
  })

  it('[BIL-52] waits for nodes where none are configured', async () => {
    await expect(run({ read: null })).rejects.toMatchObject({ isPostponement: true, retryAfterSeconds: 300 })
  })
})
