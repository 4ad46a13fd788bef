import { once } from 'node:events'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { defineJob, JobError, probeJob } from '../../../supabase/functions/_shared/platform/mod.ts'
import { ProviderError } from '../../../supabase/functions/_shared/providers/provider_error.ts'
import { fakeJob, fakeQueue, work } from './fakes.ts'

const anything = z.looseObject({})

it('[PLT-10] runs every job by the handler of its kind and leaves when none is left', async () => {
  const jobs = Array.from({ length: 9 }, (_, place) => fakeJob('test.double', { value: place }))
  const queue = fakeQueue(...jobs)
  const double = defineJob('test.double', z.strictObject({ value: z.number() }), async (_deps, { value }) => ({
    result: { value: value * 2 },
  }))
  expect(await work(queue, [double])).toMatchObject({ succeeded: 9, failed: 0, lost: 0, has_more: false })
  expect(queue.completed.map(({ result }) => result)).toEqual(jobs.map((_, place) => ({ value: place * 2 })))
  expect(queue.woken).toBe(0)
})

it('runs as many jobs at once as it may, and no more', async () => {
  let running = 0
  let most = 0
  const queue = fakeQueue(...Array.from({ length: 12 }, () => fakeJob('test.count')))
  const count = defineJob('test.count', anything, async () => {
    running += 1
    most = Math.max(most, running)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
    return {}
  })
  await work(queue, [count], { concurrency: 3 })
  expect(most).toBe(3)
})

it.each([
  ['an unknown error is tried again', new Error('Odd'), { isPermanent: false, retryAfterSeconds: null }],
  [
    'a provider that asks to wait is given its time',
    new JobError('Slow down', { retryAfterSeconds: 90 }),
    { isPermanent: false, retryAfterSeconds: 90 },
  ],
  ['what cannot help is not tried again', new JobError('No', { isPermanent: true }), { isPermanent: true }],
  ['a refusal of a provider is final', new ProviderError('mail', 'refused', 'No such box'), { isPermanent: true }],
  ['an outage of a provider is not', new ProviderError('mail', 'unavailable', 'Down'), { isPermanent: false }],
])('tells the queue how a job failed: %s', async (_name, error, expected) => {
  const queue = fakeQueue(fakeJob('test.fail'))
  const run = await work(queue, [defineJob('test.fail', anything, () => Promise.reject(error))])
  expect(run).toMatchObject({ succeeded: 0, failed: 1 })
  expect(queue.failed).toMatchObject([{ ...expected, error: expect.stringContaining(error.message) }])
})

it('never tries a payload again that is not valid, and waits for a newer worker with an unknown kind', async () => {
  const queue = fakeQueue(fakeJob('platform.probe', { steps: 'many' }), fakeJob('test.unknown'))
  await work(queue, [probeJob], { concurrency: 1 })
  expect(queue.failed).toMatchObject([
    { isPermanent: true, error: expect.stringContaining('"steps"') },
    { isPermanent: false, error: 'No handler for kind "test.unknown"' },
  ])
})

it('extends the lease of long work and stops it when the job was cancelled', async () => {
  const job = fakeJob('test.long')
  const queue = fakeQueue(job)
  const long = defineJob('test.long', anything, async (deps) => {
    queue.lost.add(job.id)
    await once(deps.signal, 'abort')
    deps.signal.throwIfAborted()
    return {}
  })
  expect(await work(queue, [long], { leaseSeconds: 0.03 })).toMatchObject({ succeeded: 0, failed: 0, lost: 1 })
  expect(queue.extended).toBeGreaterThan(0)
})

it('stops a job at its next report when it was cancelled', async () => {
  const job = fakeJob('platform.probe', { steps: 50 })
  const queue = fakeQueue(job)
  queue.lost.add(job.id)
  expect(await work(queue, [probeJob])).toMatchObject({ lost: 1 })
  expect(queue.progress).toEqual([{ done: 1, total: 50, message: 'Step 1 of 50' }])
})

it('[PLT-35] ends gracefully when its time is over: tells what runs to stop, takes nothing new, has another one called', async () => {
  const queue = fakeQueue(fakeJob('test.long'), fakeJob('test.long'))
  const long = defineJob('test.long', anything, async (deps) => {
    await once(deps.signal, 'abort')
    deps.signal.throwIfAborted()
    return {}
  })
  const run = await work(queue, [long], { concurrency: 1, budgetMs: 20, graceMs: 20 })
  expect(run).toMatchObject({ failed: 1, has_more: true })
  expect(queue.failed).toMatchObject([{ error: 'The time of the worker was over', isPermanent: false }])
  expect(queue.waiting).toHaveLength(1)
  expect(queue.woken).toBe(1)
})

it('goes on with other jobs when the queue did not hear how one ended', async () => {
  const queue = fakeQueue(fakeJob('platform.probe'), fakeJob('platform.probe'))
  const { complete } = queue
  const [deaf] = queue.waiting
  const run = await work(
    {
      ...queue,
      complete: (job, result) => (job.id === deaf?.id ? Promise.reject(new Error('Away')) : complete(job, result)),
      fail: () => Promise.reject(new Error('Away')),
    },
    [probeJob],
  )
  expect(run).toMatchObject({ succeeded: 1, lost: 1 })
})
