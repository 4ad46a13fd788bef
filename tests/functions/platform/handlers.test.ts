import { expect, it } from 'vitest'
import { handlers } from '../../../supabase/functions/worker/handlers.ts'

it('[PLT-10] has one handler for each kind of job, named by subject and verb as the queue demands', () => {
  const kinds = handlers.map(({ kind }) => kind)
  expect(kinds).toContain('platform.probe')
  expect(kinds.filter((kind, place) => kinds.indexOf(kind) !== place)).toEqual([])
  expect(kinds.filter((kind) => !/^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/.test(kind))).toEqual([])
})
