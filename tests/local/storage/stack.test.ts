import { afterAll, beforeAll, expect, it } from 'vitest'
import { readProject } from '../../../local/config.ts'
import { parseApiSize, parseSize } from '../../../local/storage/sizes.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

let stack: TestStack
beforeAll(async () => {
  stack = await testStack()
})
afterAll(() => stack[Symbol.asyncDispose]())

it('[FIL-01] a started stack has the buckets of config.toml with their limits', async () => {
  const { config } = await readProject('.', { defaults: {}, apiUrl: stack.apiUrl })
  const { data } = await stack.adminClient().storage.listBuckets()
  const shown = data?.map((bucket) => [bucket.id, bucket.public, bucket.file_size_limit, bucket.allowed_mime_types])
  expect(shown?.toSorted()).toEqual(
    Object.entries(config.storage.buckets)
      .map(([id, bucket]) => [id, bucket.public, bucket.file_size_limit ?? null, bucket.allowed_mime_types ?? null])
      .toSorted(),
  )
  expect(shown?.length).toBeGreaterThan(0)
})

it('[FIL-01] a stack takes a file and shows it under its public address', async () => {
  const { storage } = stack.adminClient()
  await storage.createBucket('shown', { public: true })
  expect((await storage.from('shown').upload('a.txt', 'shown')).error).toBeNull()
  expect(await (await fetch(storage.from('shown').getPublicUrl('a.txt').data.publicUrl)).text()).toBe('shown')
})

it('reads sizes as the CLI and the API write them', () => {
  expect(['50MiB', '5MB', '1KiB', '10', '1.5GiB', 'many', ''].map(parseSize)).toEqual([
    52_428_800,
    5_242_880,
    1024,
    10,
    1_610_612_736,
    null,
    null,
  ])
  expect(['20GB', '20MB', '30KB', '3B', '20', 'many'].map(parseApiSize)).toEqual([
    20_000_000_000,
    20_000_000,
    30_000,
    3,
    null,
    null,
  ])
})
