import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { JobError } from './job_handler.ts'
import type { RpcClient } from './job_queue.ts'

const takenSchema = z.tuple([z.object({ is_granted: z.boolean(), wait_seconds: z.number().nonnegative() })])

/**
 * Takes tokens of a bucket that all workers share, before a call to a provider. Waits for them when that is short; else
 * the job is postponed until there are enough, which uses up no attempt in its first 24 hours.
 *
 * @param deps what a job handler is given
 * @param bucket provider, account and what is limited, as given to `set_token_bucket`
 * @param n how many calls or messages are about to be made
 * @param options.maxWaitSeconds longest wait inside the job; 2 when left out
 * @throws {JobError} with `retryAfterSeconds` when the wait would be longer
 * @example
 * await takeTokens(deps, `whatsapp:${number.id}:messages`, batch.length)
 */
export async function takeTokens(
  deps: { readonly db: RpcClient; readonly signal: AbortSignal },
  bucket: string,
  n = 1,
  options: { readonly maxWaitSeconds?: number } = {},
): Promise<void> {
  const { data, error } = await deps.db.rpc('take_tokens', {
    bucket,
    n,
    max_wait_seconds: options.maxWaitSeconds ?? 2,
  })
  if (error) throw new Error(`Cannot take tokens of bucket "${bucket}": ${error.message}`)
  const [{ is_granted, wait_seconds }] = takenSchema.parse(data)
  if (!is_granted) {
    throw new JobError(`Bucket "${bucket}" has not enough tokens yet`, {
      retryAfterSeconds: Math.ceil(wait_seconds),
      isPostponement: true,
    })
  }
  if (wait_seconds > 0) await delay(wait_seconds * 1000, undefined, { signal: deps.signal })
}
