import { expect, it } from 'vitest'
import { z } from 'zod'
import { cachedSettings } from '../../../supabase/functions/_shared/platform/mod.ts'

/** A client that counts its calls and answers one after the other. */
function fakeClient(...answers: { data: unknown; error: { message: string } | null }[]) {
  const calls: object[] = []
  return {
    calls,
    rpc(_name: string, parameters: object) {
      calls.push(parameters)
      return Promise.resolve(answers.shift() ?? { data: null, error: { message: 'no more answers' } })
    },
  }
}
const value = (data: unknown) => ({ data, error: null })

it('asks once for many reads, and again when the time is over', async () => {
  const client = fakeClient(value(5), value(6))
  let now = 0
  const settings = cachedSettings(client, { maxAgeSeconds: 30, clock: { now: () => new Date(now) } })
  const read = () => settings.read('test.pause', z.int())
  expect(await Promise.all([read(), read(), read()])).toEqual([5, 5, 5])
  now = 29_999
  expect(await read()).toBe(5)
  now = 30_000
  expect(await read()).toBe(6)
  expect(client.calls).toEqual([
    { key: 'test.pause', organization_id: null },
    { key: 'test.pause', organization_id: null },
  ])
})

it('keeps the answers of organizations apart', async () => {
  const client = fakeClient(value('a'), value('b'))
  const settings = cachedSettings(client)
  expect(await settings.read('test.word', z.string(), 'one')).toBe('a')
  expect(await settings.read('test.word', z.string(), 'two')).toBe('b')
  expect(await settings.read('test.word', z.string(), 'one')).toBe('a')
})

it('keeps no failure, and refuses a value of another kind', async () => {
  const client = fakeClient({ data: null, error: { message: 'Unknown setting "test.none"' } }, value('word'))
  const settings = cachedSettings(client)
  await expect(settings.read('test.none', z.int())).rejects.toThrow('Cannot read setting "test.none"')
  await expect(settings.read('test.none', z.int())).rejects.toBeInstanceOf(z.ZodError)
})
