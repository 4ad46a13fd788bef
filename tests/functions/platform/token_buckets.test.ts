import { describe, expect, it } from 'vitest'
import { JobError, type RpcClient, takeTokens } from '../../../supabase/functions/_shared/platform/mod.ts'

const database = (granted: boolean, waitSeconds: number, calls: object[] = []): RpcClient => ({
  rpc: async (name, parameters) => {
    calls.push({ name, ...parameters })
    return { data: [{ is_granted: granted, wait_seconds: waitSeconds }], error: null }
  },
})
const { signal } = new AbortController()

describe('takeTokens', () => {
  it('goes on at once when there are tokens', async () => {
    const calls: object[] = []
    await takeTokens({ db: database(true, 0, calls), signal }, 'mail:ann', 3)
    expect(calls).toEqual([{ name: 'take_tokens', bucket: 'mail:ann', n: 3, max_wait_seconds: 2 }])
  })

  it('waits for tokens that it was promised, unless the job is stopped', async () => {
    await takeTokens({ db: database(true, 0.01), signal }, 'mail:ann')
    const stopped = AbortSignal.abort(new Error('stopped'))
    await expect(takeTokens({ db: database(true, 60), signal: stopped }, 'mail:ann')).rejects.toThrow()
  })

  it('sends the job away until there are enough', async () => {
    const taking = takeTokens({ db: database(false, 41.2), signal }, 'mail:ann', 1, { maxWaitSeconds: 0 })
    await expect(taking).rejects.toBeInstanceOf(JobError)
    await expect(taking).rejects.toMatchObject({ retryAfterSeconds: 42, isPermanent: false, isPostponement: true })
  })
})
