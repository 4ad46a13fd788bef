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
  expect(queue.ends.map((end) => (end.outcome === 'succeeded' ? end.result : null))).toEqual(
    jobs.map((_, place) => ({ value: place * 2 })),
  )
  expect(queue.left).toEqual([])
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
  ['an unknown error is tried again', new Error('Odd'), { isPermanent: false, afterSeconds: null }],
  [
    'a provider that asks to wait is given its time',
    new JobError('Slow down', { retryAfterSeconds: 90 }),
    { isPermanent: false, afterSeconds: 90 },
  ],
  [
    'what was too early is postponed',
    new JobError('Not yet', { retryAfterSeconds: 5, isPostponement: true }),
    { isPermanent: false, isPostponement: true, afterSeconds: 5 },
  ],
  [
    'a provider that names a time postpones it',
    new ProviderError('mail', 'throttled', 'Slow down', { retryAfterSeconds: 30 }),
    { isPermanent: false, isPostponement: true, afterSeconds: 30 },
  ],
  [
    'a provider that names none does not',
    new ProviderError('mail', 'throttled', 'Slow down'),
    { isPermanent: false, isPostponement: false },
  ],
  ['what cannot help is not tried again', new JobError('No', { isPermanent: true }), { isPermanent: true }],
  ['a refusal of a provider is final', new ProviderError('mail', 'refused', 'No such box'), { isPermanent: true }],
  ['an outage of a provider is not', new ProviderError('mail', 'unavailable', 'Down'), { isPermanent: false }],
])('tells the queue how a job failed: %s', async (_name, error, expected) => {
  const queue = fakeQueue(fakeJob('test.fail'))
  const run = await work(queue, [defineJob('test.fail', anything, () => Promise.reject(error))])
  expect(run).toMatchObject({ succeeded: 0, failed: 1 })
  expect(queue.ends).toMatchObject([{ ...expected, error: expect.stringContaining(error.message) }])
})

it('never tries a payload again that is not valid, and waits for a newer worker with an unknown kind', async () => {
  const queue = fakeQueue(fakeJob('platform.probe', { steps: 'many' }), fakeJob('test.unknown'))
  await work(queue, [probeJob], { concurrency: 1 })
  expect(queue.ends).toMatchObject([
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
  expect(queue.ends).toMatchObject([{ error: 'The time of the worker was over', isPermanent: false }])
  expect(queue.waiting).toHaveLength(1)
  expect(queue.left).toEqual(['worker-a'])
})

it('goes on with other jobs when the queue did not hear how one ended', { timeout: 20_000 }, async () => {
  const queue = fakeQueue(fakeJob('platform.probe'), fakeJob('platform.probe'))
  const [deaf] = queue.waiting
  const run = await work(
    {
      ...queue,
      finish: (ends) =>
        ends.some(({ job }) => job.id === deaf?.id) ? Promise.reject(new Error('Away')) : queue.finish(ends),
    },
    [probeJob],
    { concurrency: 1 },
  )
  expect(run).toMatchObject({ succeeded: 1, lost: 1 })
})

it('tells the queue of an end again while the database is away, and asks it again for jobs', async () => {
  const queue = fakeQueue(fakeJob('platform.probe'))
  const down = { claim: 2, finish: 2 }
  const run = await work(
    {
      ...queue,
      claim: (options) => (down.claim-- > 0 ? Promise.reject(new Error('Away')) : queue.claim(options)),
      finish: (ends) => (down.finish-- > 0 ? Promise.reject(new Error('Away')) : queue.finish(ends)),
    },
    [probeJob],
  )
  expect(run).toMatchObject({ succeeded: 1, lost: 0 })
})

it('gives up when the queue cannot be reached for long', async () => {
  const queue = fakeQueue()
  const away = { ...queue, claim: () => Promise.reject(new Error('Away')) }
  await expect(work(away, [probeJob], { budgetMs: 60_000 })).rejects.toThrow('Away')
}, 30_000)

it('[ADM-06] goes on at the checkpoint where a job stopped, after the time it asked for', async () => {
  const queue = fakeQueue(fakeJob('test.count'))
  const seen: unknown[] = []
  const count = defineJob('test.count', anything, async (_deps, _payload, { checkpoint }) => {
    seen.push(checkpoint)
    const done = Number(checkpoint?.done ?? 0) + 1
    return done === 3 ? { result: { done } } : { continueWith: { done }, afterSeconds: done }
  })
  expect(await work(queue, [count])).toMatchObject({ succeeded: 1, continued: 2 })
  expect(seen).toEqual([null, { done: 1 }, { done: 2 }])
  expect(queue.ends).toMatchObject([
    { outcome: 'continued', checkpoint: { done: 1 }, afterSeconds: 1 },
    { outcome: 'continued', checkpoint: { done: 2 }, afterSeconds: 2 },
    { outcome: 'succeeded', result: { done: 3 } },
  ])
})

it('leaves the next step of bulk work to another worker when it used up its processor time', async () => {
  const queue = fakeQueue(fakeJob('test.bulk'))
  const bulk = defineJob('test.bulk', anything, async (_deps, _payload, { checkpoint }) => ({
    continueWith: { done: Number(checkpoint?.done ?? 0) + 1 },
  }))
  expect(await work(queue, [bulk], { mostCpuMs: -1 })).toMatchObject({ continued: 1, has_more: true })
})

it('needs few round trips for jobs that are quickly done, and asks for no more than it runs while they are slow', async () => {
  const quick = fakeQueue(...Array.from({ length: 500 }, () => fakeJob('platform.probe')))
  expect(await work(quick, [probeJob], { maxAhead: 100 })).toMatchObject({ succeeded: 500 })
  expect(quick.claims.length).toBeLessThan(40)
  expect(quick.batches.length).toBeLessThan(250)
  expect(Math.max(...quick.claims)).toBeGreaterThan(50)
})

it('stops an attempt that takes too long although its handler does not listen, and goes on', async () => {
  const queue = fakeQueue(fakeJob('test.hang'), fakeJob('platform.probe'))
  const hang = defineJob('test.hang', anything, () => new Promise<never>(() => {}))
  const run = await work(queue, [hang, probeJob], { concurrency: 1, attemptMs: 20 })
  expect(run).toMatchObject({ succeeded: 1, failed: 1 })
  expect(queue.ends).toMatchObject([{ outcome: 'failed', error: 'The attempt took longer than 0.02 s' }, {}])
})

it('[PLT-35] gives everything back at once when its process ends, which costs the jobs no attempt', async () => {
  const shutdown = new AbortController()
  const queue = fakeQueue(fakeJob('test.long'), fakeJob('test.long'))
  const long = defineJob('test.long', anything, async (deps) => {
    shutdown.abort()
    await once(deps.signal, 'abort')
    deps.signal.throwIfAborted()
    return {}
  })
  expect(await work(queue, [long], { concurrency: 1, shutdown: shutdown.signal })).toMatchObject({ has_more: true })
  expect(queue.ends.map(({ outcome }) => outcome)).toEqual(['released'])
  expect(queue.waiting).toHaveLength(1)
})

it('leaves the rest to the next worker after as many jobs as it may take', async () => {
  const queue = fakeQueue(...Array.from({ length: 9 }, () => fakeJob('platform.probe')))
  expect(await work(queue, [probeJob], { maxJobs: 5 })).toMatchObject({ succeeded: 5, has_more: true })
  expect(queue.waiting).toHaveLength(4)
})
