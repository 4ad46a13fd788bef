import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withConnection } from '../../../local/postgres/database.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

describe('a job, through the running stack', { timeout: 60_000 }, () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await testStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  const enqueue = async (parameters: { kind: string; payload?: { steps: number }; delay_seconds?: number }) => {
    const { data, error } = await stack.adminClient().rpc('enqueue_job', parameters)
    expect(error).toBeNull()
    return data ?? 0
  }
  /** Waits for the end of a job. */
  const ended = async (id: number) => {
    const look = () =>
      withConnection(
        stack.database.url,
        (sql) =>
          sql<{ state: string; waited: number; result: object; done: number | null; error: string | null }[]>`
            select state::text as state, result, progress_done_count as done, last_error as error,
              extract(epoch from started_at - run_at)::float8 as waited
            from private.jobs where id = ${id}`,
      )
    // The row as it was then: one that failed may be tried again a moment later.
    let row: Awaited<ReturnType<typeof look>>[number] | undefined
    const state = async () => {
      row = (await look())[0]
      return row?.state
    }
    await expect.poll(state, { timeout: 30_000 }).toMatch(/succeeded|failed|dead/)
    return row
  }

  it('[PLT-10] is run by the worker function, which the new job itself calls', async () => {
    const job = await ended(await enqueue({ kind: 'platform.probe', payload: { steps: 3 } }))
    expect(job).toMatchObject({ state: 'succeeded', done: 3, result: { steps: 3 }, error: null })
  })

  it('[PLT-10] starts within a second while a worker is up', async () => {
    await ended(await enqueue({ kind: 'platform.probe' }))
    // The best of some: what else the machine is doing can hold up each, but hardly all.
    const waits: number[] = []
    while (waits.length < 20 && !waits.some((seconds) => seconds < 1)) {
      waits.push((await ended(await enqueue({ kind: 'platform.probe' })))?.waited ?? Infinity)
    }
    expect(Math.min(...waits)).toBeLessThan(1)
  })

  it('[PLT-11] is called by the schedule when its time comes', async () => {
    const job = await ended(await enqueue({ kind: 'platform.probe', delay_seconds: 4 }))
    expect(job?.state).toBe('succeeded')
    // Every five seconds somebody looks; not before it is due, and nobody else wakes the worker.
    expect(job?.waited).toBeGreaterThanOrEqual(0)
  })

  it('of a kind that no worker knows waits for its next attempt with the reason', async () => {
    expect(await ended(await enqueue({ kind: 'test.unknown' }))).toMatchObject({
      state: 'failed',
      error: 'No handler for kind "test.unknown"',
    })
  })

  it('is not to be enqueued, claimed or worked by people, nor with the publishable key', async () => {
    const client = stack.client()
    expect((await client.rpc('enqueue_job', { kind: 'platform.probe' })).error?.code).toBe('42501')
    expect((await client.rpc('claim_jobs', { queues: ['default'], worker: 'me' })).error?.code).toBe('42501')
    const answer = await fetch(`${stack.apiUrl}/functions/v1/worker`, {
      method: 'POST',
      headers: { apikey: stack.secrets.keys.publishableKey },
    })
    expect(answer.status).toBe(401)
  })
})
