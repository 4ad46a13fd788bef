import { z } from 'zod'
import { callRpc } from './call_rpc.ts'
import type { RpcClient } from './job_queue.ts'

/** An answer that can be given again. */
export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Empty for none; null when it could not be kept. */
  readonly body: string | null
}

/** What became of an idempotency key. */
export type BegunRequest =
  | { readonly outcome: 'started'; readonly leaseId: string }
  | { readonly outcome: 'completed'; readonly answer: KeptAnswer }
  /** Somebody else is working on it, for so long at most. */
  | { readonly outcome: 'in_progress'; readonly retryAfterSeconds: number }
  /** The key stood for another request. */
  | { readonly outcome: 'reused' }

/** Keys of requests and their answers, kept for 24 hours. Every call rejects when the database cannot be reached. */
export interface IdempotencyKeys {
  /**
   * @param request.caller whose key it is; keys of others are not seen
   * @param request.hash of everything that makes the request what it is
   * @param request.leaseSeconds after which work that was not finished counts as crashed
   */
  begin(request: { caller: string; key: string; hash: string; leaseSeconds: number }): Promise<BegunRequest>
  /**
   * @param answer null frees the key
   * @returns false when the lease had ended and somebody else has the key
   */
  finish(request: { caller: string; key: string; leaseId: string; answer: KeptAnswer | null }): Promise<boolean>
}

const begunSchema = z.tuple([
  z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('started'), lease_id: z.uuid() }),
    z.object({
      outcome: z.literal('completed'),
      answer_status: z.number().int(),
      answer_headers: z.record(z.string(), z.string()).nullable(),
      answer_body: z.string().nullable(),
    }),
    z.object({ outcome: z.literal('in_progress'), retry_after_seconds: z.number().int() }),
    z.object({ outcome: z.literal('reused') }),
  ]),
])

/** The keys behind the API's functions. @param client with the secret key */
export function rpcIdempotencyKeys(client: RpcClient): IdempotencyKeys {
  const call = (name: string, parameters: object) => callRpc(client, name, parameters)
  return {
    async begin({ caller, key, hash, leaseSeconds }) {
      const [begun] = begunSchema.parse(
        await call('begin_idempotent_request', {
          caller,
          key,
          request_hash: hash,
          lease_seconds: leaseSeconds,
        }),
      )
      switch (begun.outcome) {
        case 'started':
          return { outcome: 'started', leaseId: begun.lease_id }
        case 'completed': {
          const { answer_status: status, answer_headers: headers, answer_body: body } = begun
          return { outcome: 'completed', answer: { status, headers: headers ?? {}, body } }
        }
        case 'in_progress':
          return { outcome: 'in_progress', retryAfterSeconds: begun.retry_after_seconds }
        case 'reused':
          return { outcome: 'reused' }
      }
    },
    finish: async ({ caller, key, leaseId, answer }) =>
      z.boolean().parse(
        await call('finish_idempotent_request', {
          caller,
          key,
          lease_id: leaseId,
          answer_status: answer?.status ?? null,
          answer_headers: answer?.headers ?? null,
          answer_body: answer?.body ?? null,
        }),
      ),
  }
}
