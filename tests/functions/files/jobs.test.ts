import { describe, expect, it } from 'vitest'
import { removeObjectsJobWith, sweepFilesJobWith } from '../../../supabase/functions/_shared/files/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { type FakeStorage, fakeStorage } from '../../support/fake_storage.ts'
import { fakeJob } from '../platform/fakes.ts'

const object = (number: number) => ({ bucket_id: number % 2 ? 'decks' : 'documents', object_path: `o/${number}` })
const at = ({ bucket_id, object_path }: { bucket_id: string; object_path: string }) => `${bucket_id}/${object_path}`

const deps = (rpc: (name: string, parameters: Record<string, unknown>) => unknown) => ({
  clock: systemClock,
  logger: createLogger('test', () => {}),
  signal: AbortSignal.timeout(10_000),
  report: async () => {},
  db: { rpc: async (name: string, parameters: object) => ({ data: rpc(name, { ...parameters }), error: null }) },
})

function put(storage: FakeStorage, places: readonly { bucket_id: string; object_path: string }[]) {
  for (const place of places) {
    storage.objects.set(at(place), { content: new Uint8Array(1), mediaType: 'application/pdf' })
  }
}

describe('removal of objects', () => {
  /** Rows of objects as the database keeps them, each until Storage has it no more. */
  function stage(count: number) {
    const storage = fakeStorage()
    const rows = new Map(Array.from({ length: count }, (_, index) => [at(object(index)), object(index)]))
    put(storage, [...rows.values()])
    const run = () =>
      removeObjectsJobWith(() => storage).run(
        deps((name, { batch_size, bucket_id, object_paths }) => {
          if (name === 'claim_object_removals') return [...rows.values()].slice(0, Number(batch_size))
          const gone = (Array.isArray(object_paths) ? object_paths : [])
            .map((path) => `${bucket_id}/${path}`)
            .filter((key) => !storage.objects.has(key))
          for (const key of gone) rows.delete(key)
          return gone.length
        }),
        fakeJob('file.remove_objects'),
      )
    return { storage, rows, run }
  }

  it('goes through all of them, and forgets each after Storage did', async () => {
    const { storage, rows, run } = stage(230)
    expect(await run()).toEqual({ result: { done: 230 } })
    expect([rows.size, storage.objects.size]).toEqual([0, 0])
    expect(await run()).toEqual({ result: { done: 0 } })
  })

  it('forgets nothing while Storage is away, and goes on later', async () => {
    const { storage, rows, run } = stage(3)
    storage.failNext(new Error('Storage is away'))
    await expect(run()).rejects.toThrow('Storage is away')
    expect(rows.size).toBe(3)
    expect(await run()).toEqual({ result: { done: 3 } })
  })

  it('fails rather than to try what Storage keeps for ever', async () => {
    const { storage, run } = stage(2)
    storage.remove = async () => {}
    await expect(run()).rejects.toThrow('Storage kept 2 of 2 objects')
  })
})

describe('the sweep', () => {
  it('removes what belongs to no file, looks for what files need, and reports both', async () => {
    const storage = fakeStorage()
    const stray = [1, 3, 5, 0, 2].map(object)
    put(storage, [...stray, object(7)])
    const reports: unknown[] = []
    const run = await sweepFilesJobWith(() => storage).run(
      deps((name, parameters) => {
        if (name === 'list_stray_objects') {
          const place = stray.findIndex(
            (found) => found.bucket_id === parameters.after_bucket && found.object_path === parameters.after_name,
          )
          return stray
            .slice(place + 1, place + 3)
            .map(({ bucket_id, object_path }) => ({ bucket_id, name: object_path, size_bytes: 10 }))
        }
        if (name === 'mark_missing_objects') {
          return parameters.after_path === null
            ? [{ checked_count: 2, missing_count: 1, last_bucket: 'decks', last_path: 'o/9' }]
            : [{ checked_count: 1, missing_count: 0, last_bucket: 'decks', last_path: 'o/11' }]
        }
        reports.push(parameters)
        return 4
      }),
      fakeJob('file.sweep', { page_size: 2 }),
    )
    const report = { stray_count: 5, stray_bytes: 50, checked_count: 3, missing_count: 1 }
    expect(run).toEqual({ result: { sweep_id: 4, ...report } })
    expect(reports).toEqual([report])
    expect([...storage.objects.keys()]).toEqual([at(object(7))])
  })
})
