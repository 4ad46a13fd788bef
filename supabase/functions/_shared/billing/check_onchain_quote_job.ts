import { z } from 'zod'
import { callRpc, defineJob, JobError, type JobHandler } from '../platform/mod.ts'
import type { ChainReader } from '../providers/payments/chain_reader.ts'

const checkSchema = z
  .array(
    z.object({
      chain_id: z.coerce.number().int(),
      transaction_hash: z.string().nullable(),
      recheck_seconds: z.number().int().nullable(),
    }),
  )
  .transform(([check]) => check ?? null)

const decisionSchema = z
  .tuple([
    z.object({ state: z.string(), failure_code: z.string().nullable(), recheck_seconds: z.number().int().nullable() }),
  ])
  .transform(([decision]) => decision)

/** How long a chain without nodes waits for somebody to configure one. */
const unconfiguredSeconds = 300

/**
 * Makes the handler that looks at the transaction of a quote until it is final. It collects what the nodes say; what
 * follows is decided in the database.
 *
 * @param readerOf null where no node of the chain is configured
 */
export function checkOnchainQuoteJob(readerOf: (chainId: number) => ChainReader | null): JobHandler {
  return defineJob('onchain.check_quote', z.strictObject({ quote_id: z.uuid() }), async (deps, { quote_id }, job) => {
    const check = checkSchema.parse(await callRpc(deps.db, 'get_onchain_check', { quote_id }))
    if (!check?.transaction_hash || check.recheck_seconds === null) return { result: { state: 'ended' } }
    const reader = readerOf(check.chain_id)
    if (!reader) {
      throw new JobError(`No node of chain ${check.chain_id} is configured`, {
        isPostponement: true,
        retryAfterSeconds: unconfiguredSeconds,
      })
    }
    const checks = z.object({ checks: z.number() }).safeParse(job.checkpoint).data?.checks ?? 0
    const again = (seconds: number) => ({ continueWith: { checks: checks + 1 }, afterSeconds: seconds })
    const facts = await reader.readTransaction(check.transaction_hash, { signal: deps.signal })
    if (facts === null) {
      deps.logger.warn('chain_nodes_disagree', { quote_id, chain_id: check.chain_id })
      return again(check.recheck_seconds)
    }
    const { state, failure_code, recheck_seconds } = decisionSchema.parse(
      await callRpc(deps.db, 'record_onchain_check', { quote_id, facts }),
    )
    return recheck_seconds === null ? { result: { state, failure_code } } : again(recheck_seconds)
  })
}
