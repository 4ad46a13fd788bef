import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import {
  copyPictureJobWith,
  publishPictureJobWith,
  removePictureJobWith,
} from '../../../supabase/functions/_shared/files/mod.ts'
import { OutgoingError } from '../../../supabase/functions/_shared/outgoing/mod.ts'
import type { VirusScanner } from '../../../supabase/functions/_shared/providers/virus-scanner/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { fakeStorage } from '../../support/fake_storage.ts'
import { fakeJob } from '../platform/fakes.ts'

const ana = '7f1c2b7e-8f0e-4f0e-9d0e-0e0e0e0e0e0e'
const upload = { folder_id: ana, object_path: `${ana}/face.png` }
const png = await sharp({ create: { width: 60, height: 40, channels: 3, background: '#3b6ea5' } })
  .png()
  .toBuffer()
const shownPath = expect.stringMatching(new RegExp(`^${ana}/[0-9a-f]{32}\\.jpg$`))

/** Runs the jobs of pictures. @param options.isTaken whether somebody takes the picture */
function stage(options: { content?: Uint8Array; finding?: string; scanner?: null; isTaken?: boolean } = {}) {
  const storage = fakeStorage()
  const content = new Uint8Array(options.content ?? png)
  storage.objects.set(`picture-uploads/${upload.object_path}`, { content, mediaType: 'image/png' })
  const scanner: VirusScanner = {
    provider: 'double',
    version: async () => 'ClamAV 1',
    async scan(stream) {
      await new Response(stream).arrayBuffer()
      const finding = options.finding ?? null
      return { verdict: finding === null ? 'clean' : 'infected', finding, engine: 'ClamAV 1' }
    },
  }
  const calls: [string, object][] = []
  const deps = {
    clock: systemClock,
    logger: createLogger('test', () => {}),
    signal: AbortSignal.timeout(30_000),
    report: async () => {},
    db: {
      async rpc(name: string, parameters: object) {
        calls.push([name, { ...parameters }])
        return { data: name === 'show_picture' ? (options.isTaken ?? true) : null, error: null }
      },
    },
  }
  const makeDeps = () => ({ storage, scanner: options.scanner === null ? null : scanner })
  return {
    storage,
    calls,
    names: () => [...storage.objects.keys()],
    publish: () => publishPictureJobWith(makeDeps).run(deps, fakeJob('picture.publish', upload)),
    copy: (answer: Error | { status: number; body?: Uint8Array; isCut?: boolean }, attempt = 1) =>
      copyPictureJobWith(() => ({
        ...makeDeps(),
        async fetchPicture(url) {
          if (answer instanceof Error) throw answer
          return { headers: new Map(), body: new Uint8Array(), isCut: false, url, ...answer }
        },
      })).run(deps, {
        ...fakeJob('picture.copy', { user_id: ana, picture_url: 'https://provider.example/ana.jpg' }),
        attempt,
      }),
    remove: (path: string) =>
      removePictureJobWith(() => storage).run(deps, fakeJob('picture.remove', { object_path: path })),
  }
}

describe('an uploaded picture', () => {
  it('[FIL-08] goes from the private bucket into the public one, made anew, and onto the profile', async () => {
    const { publish, storage, calls, names } = stage()
    expect(await publish()).toEqual({ result: { is_shown: true } })
    expect(calls).toEqual([['show_picture', { folder_id: ana, object_path: shownPath, is_offer: undefined }]])
    expect(names()).toEqual([expect.stringMatching(/^avatars\//)])
    const [shown] = storage.objects.values()
    expect(shown?.mediaType).toBe('image/jpeg')
    expect(Buffer.from(shown?.content ?? []).equals(png)).toBe(false)
    expect(await publish()).toEqual({ result: { is_shown: false } })
  })

  it.each([
    ['what is no picture', { content: new TextEncoder().encode('<script>') }, 'type_not_allowed'],
    ['what is broken', { content: png.subarray(0, 20) }, 'unreadable'],
    ['what has a virus', { finding: 'Eicar' }, 'infected'],
    ['what is too large', { content: new Uint8Array(5 * 1024 * 1024 + 1) }, 'too_large'],
  ])('[FIL-08] is refused and removed, and its people are told why: %s', async (_what, options, problem) => {
    const { publish, calls, names } = stage(options)
    expect(await publish()).toEqual({ result: { is_shown: false, problem } })
    expect(calls).toEqual([['refuse_picture', { folder_id: ana, problem }]])
    expect(names()).toEqual([])
  })

  it('[FIL-08] waits for a scanner that is away, unseen', async () => {
    const { publish, names } = stage({ scanner: null })
    await expect(publish()).rejects.toMatchObject({ isPostponement: true })
    expect(names()).toEqual([`picture-uploads/${upload.object_path}`])
  })

  it('leaves nothing behind when its person is gone meanwhile', async () => {
    const { publish, names } = stage({ isTaken: false })
    expect(await publish()).toEqual({ result: { is_shown: false } })
    expect(names()).toEqual([])
  })

  it('goes when another takes its place', async () => {
    const { publish, remove, names } = stage()
    await publish()
    await remove((names()[0] ?? '').replace('avatars/', ''))
    expect(names()).toEqual([])
  })
})

describe('the picture at a sign-in provider', () => {
  it('[FIL-08] is copied, made anew, where the person has none', async () => {
    const { copy, calls, names } = stage()
    expect(await copy({ status: 200, body: png })).toEqual({ result: { is_shown: true } })
    expect(calls).toEqual([['show_picture', { folder_id: ana, object_path: shownPath, is_offer: true }]])
    expect(names()).toContainEqual(expect.stringMatching(/^avatars\//))
  })

  it.each([
    ['is not there', { status: 404 }],
    ['is no picture', { status: 200, body: new TextEncoder().encode('<svg>') }],
    ['is too large', { status: 200, body: png, isCut: true }],
    ['is inside our own network', new OutgoingError('address_not_allowed', 'no')],
  ])('is left where it is when it %s', async (_what, answer) => {
    const { copy, calls } = stage()
    expect(await copy(answer)).toMatchObject({ result: { is_shown: false } })
    expect(calls).toEqual([])
  })

  it.each([
    ['a provider that is away', new OutgoingError('timed_out', 'late')],
    ['a fault', { status: 503 }],
  ])('is asked for again after %s, and given up in the end', async (_what, answer) => {
    const { copy } = stage()
    await expect(copy(answer)).rejects.toThrow()
    expect(await copy(answer, 5)).toMatchObject({ result: { is_shown: false } })
  })
})
