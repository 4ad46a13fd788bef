import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { currentScope, type Measurement, metrics } from '../../../supabase/functions/_shared/observability/mod.ts'
import { defineJob, JobError, type JobHandler, observedJob } from '../../../supabase/functions/_shared/platform/mod.ts'
import { ProviderError } from '../../../supabase/functions/_shared/providers/mod.ts'
import { fakeJob, fakeQueue, work } from '../platform/fakes.ts'

let seen: Measurement[] = []
beforeEach(() => {
  seen = []
  vi.spyOn(metrics, 'record').mockImplementation((measurement) => void seen.push(measurement))
})
afterEach(() => vi.restoreAllMocks())

const measurements = () => seen.map(({ kind, name, outcome }) => [kind, name, outcome])
const run = (handler: JobHandler) => work(fakeQueue(fakeJob(handler.kind)), [observedJob(handler)])

it('[OBS-19] measures how long the jobs of each kind take', async () => {
  await run(defineJob('test.work', z.looseObject({}), async () => ({})))
  expect(seen).toEqual([
    { kind: 'job', name: 'test.work', functionName: 'worker', outcome: 'ok', durationMs: expect.any(Number) },
  ])
})

it.each([
  ['an error without a class', new Error('It broke'), 'job'],
  ['a mail that could not be sent', new ProviderError('postmark', 'unavailable', 'Down'), 'mail'],
  ['a payment that could not be made', new ProviderError('stripe', 'unavailable', 'Down'), 'payment'],
  ['a provider that is down', new ProviderError('unipile', 'unavailable', 'Down'), 'provider'],
  ['a query that failed', Object.assign(new Error('No column'), { code: '42703' }), 'database'],
  ['a query that PostgREST refused', { code: 'PGRST202', message: 'No function' }, 'database'],
])('[OBS-07] counts errors by their class: %s', async (_name, error, kind) => {
  await run(defineJob('test.work', z.looseObject({}), () => Promise.reject(error)))
  expect(measurements()).toEqual([
    ['job', 'test.work', 'failed'],
    ['error', kind, 'failed'],
  ])
})

it('runs a job within its own scope, so that whatever it reports names it', async () => {
  let context: object | undefined
  const handler = defineJob('test.work', z.looseObject({}), async () => {
    context = currentScope()?.context()
    return {}
  })
  await run(handler)
  expect(context).toMatchObject({ functionName: 'worker', operation: 'test.work', jobId: expect.any(Number) })
  expect(currentScope()).toBeUndefined()
})

it('leaves the outcome of the job as it is', async () => {
  const queue = fakeQueue(fakeJob('test.work'))
  const handler = defineJob('test.work', z.looseObject({}), () =>
    Promise.reject(new JobError('No', { isPermanent: true })),
  )
  await work(queue, [observedJob(handler)])
  expect(queue.ends).toMatchObject([{ isPermanent: true, error: 'No' }])
})

it('counts no error when a job only came too early', async () => {
  await run(
    defineJob('test.work', z.looseObject({}), () => Promise.reject(new JobError('Not yet', { isPostponement: true }))),
  )
  expect(measurements()).toEqual([])
})
