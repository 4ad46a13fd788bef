import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type BatchOptions, defineJob, runInBatches } from '../../../supabase/functions/_shared/platform/mod.ts'
import { fakeJob, fakeQueue, work } from './fakes.ts'

/** A job that goes through the numbers below `size`, ten at a time, and stops after each batch. */
function counting(size: number, options: Partial<BatchOptions<{ after: number }>> = {}) {
  const seen: number[] = []
  const job = defineJob('test.count', z.looseObject({}), (deps, _payload, claimed) =>
    runInBatches(deps, claimed, {
      cursor: z.strictObject({ after: z.number() }),
      count: async () => size,
      work: async (cursor) => {
        const rows = Array.from({ length: size }, (_, n) => n)
          .filter((n) => n > (cursor?.after ?? -1))
          .slice(0, 10)
        seen.push(...rows)
        const last = rows.at(-1)
        return { done: rows.length, next: last !== undefined && last < size - 1 ? { after: last } : null }
      },
      stepMs: 0,
      ...options,
    }),
  )
  return { job, seen }
}

it('[ADM-06] works through a large set in steps, each row once, and tells how far it is', async () => {
  const { job, seen } = counting(35)
  const queue = fakeQueue(fakeJob('test.count'))
  expect(await work(queue, [job])).toMatchObject({ succeeded: 1, continued: 3, failed: 0 })
  expect(seen).toEqual(Array.from({ length: 35 }, (_, n) => n))
  expect(queue.progress).toEqual([10, 20, 30, 35].map((done) => ({ done, total: 35 })))
  expect(queue.ends.at(-1)).toMatchObject({ outcome: 'succeeded', result: { done: 35 } })
})

it('[ADM-06] does as many batches in a step as its time allows, and counts the set only once', async () => {
  const count = vi.fn(async () => 35)
  const { job } = counting(35, { stepMs: 10_000, count })
  const queue = fakeQueue(fakeJob('test.count'))
  expect(await work(queue, [job])).toMatchObject({ succeeded: 1, continued: 0 })
  expect(count).toHaveBeenCalledTimes(1)
})

it('ends for good at a checkpoint that another version of it wrote', async () => {
  const { job } = counting(5)
  const queue = fakeQueue(fakeJob('test.count', {}, { page: 7 }))
  await work(queue, [job])
  expect(queue.ends).toMatchObject([{ outcome: 'failed', isPermanent: true, error: 'Checkpoint is not valid' }])
})

it('stops when the job was cancelled, without a further batch', async () => {
  const claimed = fakeJob('test.count')
  const queue = fakeQueue(claimed)
  const { job, seen } = counting(35)
  queue.lost.add(claimed.id)
  expect(await work(queue, [job])).toMatchObject({ lost: 1 })
  expect(seen).toHaveLength(10)
})
