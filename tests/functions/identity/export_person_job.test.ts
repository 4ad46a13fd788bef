import { strFromU8, unzipSync } from 'fflate'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { exportPersonJobWith } from '../../../supabase/functions/_shared/identity/mod.ts'
import type { MailMessage, MailSender, SendOptions } from '../../../supabase/functions/_shared/providers/mail/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { type FakeStorage, fakeStorage } from '../../support/fake_storage.ts'
import { fakeJob } from '../platform/fakes.ts'

const ana = '7f1c2b7e-8f0e-4f0e-9d0e-0e0e0e0e0e0e'
const payload = { export_id: '1d3c2b7e-8f0e-4f0e-9d0e-0e0e0e0e0e0e', user_id: ana }
const path = `${ana}/${payload.export_id}.zip`
const picture = Uint8Array.from([137, 80, 78, 71])
const recipient = {
  ...{ email: 'ana@example.com', locale: 'en-GB', time_zone: 'Africa/Lagos' },
  ...{ brand: 'Atrium', support_address: 'help@example.com' },
}
const answers = {
  list_personal_tables: ['account', 'public.consents', 'public.profiles'],
  finish_personal_export: '2026-02-01T09:30:00.123456+00:00',
  get_security_mail_recipient: recipient,
}
const consents = Array.from({ length: 1_203 }, (_nothing, number) => ({ number }))
const rows = new Map<string, readonly unknown[]>([
  ['account', [{ email: 'ana@example.com' }]],
  ['public.profiles', [{ display_name: 'Ána' }]],
  ['public.consents', consents],
])
const asked = z.object({ table_name: z.string().optional(), page_size: z.number(), after: z.unknown().optional() })

/** Runs the job against a database with these answers and a Storage in memory. */
function stage(
  options: { changes?: Partial<Record<keyof typeof answers, unknown>>; files?: string[]; storage?: FakeStorage } = {},
) {
  const storage = options.storage ?? fakeStorage()
  const files = options.files ?? [`${ana}/me.png`]
  const listed = [
    ...files.map((name) => ({ bucket: 'avatars', name })),
    { bucket: 'exports', name: `${ana}/earlier.zip` },
  ]
  for (const { bucket, name } of listed) {
    storage.objects.set(`${bucket}/${name}`, { content: picture, mediaType: 'image/png' })
  }
  const sent: { message: MailMessage; options: SendOptions }[] = []
  const calls: [string, object][] = []
  const sender: MailSender = {
    provider: 'double',
    async send(message, sendOptions) {
      sent.push({ message, options: sendOptions })
      return { provider: 'double', messageId: '1' }
    },
  }
  const told: ReadonlyMap<string, unknown> = new Map(Object.entries({ ...answers, ...options.changes }))
  function answer(name: string, parameters: object): unknown {
    if (told.has(name)) return told.get(name)
    const { table_name = '', page_size, after } = asked.parse(parameters)
    if (name === 'read_personal_rows') {
      const start = z.object({ start: z.number() }).nullable().parse(after)?.start ?? 0
      const all = rows.get(table_name) ?? []
      const end = start + page_size
      return { rows: all.slice(start, end), next: end < all.length ? { start: end } : null }
    }
    const { after_name } = z.object({ after_name: z.string().optional() }).parse(parameters)
    const start = listed.findIndex((file) => file.name === after_name) + 1
    return listed.slice(start, start + page_size)
  }
  const deps = {
    clock: systemClock,
    logger: createLogger('test', () => {}),
    signal: AbortSignal.timeout(30_000),
    report: async () => {},
    db: {
      async rpc(name: string, parameters: object) {
        calls.push([name, { ...parameters }])
        return { data: answer(name, parameters), error: null }
      },
    },
  }
  const job = exportPersonJobWith(
    () => storage,
    () => sender,
  )
  const run = (attempt = 1) => job.run(deps, { ...fakeJob('person.export', payload), attempt })
  const zip = () => storage.objects.get(`exports/${path}`)?.content
  return { run, zip, storage, sent, calls }
}

it('[A1-08] puts rows and files of the person into a zip and mails a link of seven days', async () => {
  const { run, zip, sent, calls } = stage()
  expect(await run()).toMatchObject({ result: { is_ready: true } })
  const content = unzipSync(zip() ?? new Uint8Array())
  expect(Object.keys(content).sort()).toEqual([
    'data/account.json',
    'data/public.consents.json',
    'data/public.profiles.json',
    `files/avatars/${ana}/me.png`,
  ])
  const table = (name: string): unknown => JSON.parse(strFromU8(content[`data/${name}.json`] ?? new Uint8Array()))
  expect(table('public.profiles')).toEqual([{ display_name: 'Ána' }])
  // More than a page.
  expect(table('public.consents')).toEqual(consents)
  expect(content[`files/avatars/${ana}/me.png`]).toEqual(picture)
  expect(calls).toContainEqual([
    'finish_personal_export',
    { export_id: payload.export_id, file_path: path, size_bytes: zip()?.byteLength },
  ])
  expect(sent[0]?.message).toMatchObject({
    to: { email: 'ana@example.com' },
    subject: 'Your data from Atrium is ready',
  })
  expect(sent[0]?.message.text).toContain(`${path}?seconds=604800`)
  expect(sent[0]?.message.text).toContain('1 February 2026 at 10:30')
})

it('[A1-08] holds every file, however many there are, and passes over one that went meanwhile', async () => {
  const files = Array.from({ length: 1_100 }, (_nothing, index) => `${ana}/${String(index).padStart(4, '0')}.png`)
  const { run, zip, storage } = stage({ files })
  storage.objects.delete(`avatars/${files[700]}`)
  await run()
  const names = Object.keys(unzipSync(zip() ?? new Uint8Array())).filter((name) => name.startsWith('files/'))
  expect(names.sort()).toEqual(files.filter((_name, index) => index !== 700).map((name) => `files/avatars/${name}`))
})

it('[A1-08] never holds more of a file than a piece, because it reads as fast as the zip is taken', async () => {
  const piece = new Uint8Array(100_000).fill(7)
  const pieceCount = 200
  let [made, taken, mostHeld] = [0, 0, 0]
  const inner = fakeStorage()
  const storage: FakeStorage = {
    ...inner,
    open: async () =>
      new ReadableStream(
        {
          pull(controller) {
            if (made >= pieceCount * piece.byteLength) return controller.close()
            made += piece.byteLength
            controller.enqueue(piece)
          },
        },
        { highWaterMark: 0 },
      ),
    async write(_bucket, _path, body) {
      if (body instanceof Uint8Array) throw new Error('The zip is to be streamed')
      for await (const chunk of body) {
        mostHeld = Math.max(mostHeld, made - taken)
        taken += chunk.byteLength
      }
      return { sizeBytes: taken }
    },
  }
  const { run } = stage({ storage, changes: { get_security_mail_recipient: null } })
  await run()
  expect(taken).toBeGreaterThan(pieceCount * piece.byteLength)
  expect(mostHeld).toBeLessThanOrEqual(2 * piece.byteLength)
})

it('[A1-08] writes in French to whoever reads French, and names a repeated try as one', async () => {
  const { run, sent } = stage({ changes: { get_security_mail_recipient: { ...recipient, locale: 'fr-CA' } } })
  await run(1)
  await run(2)
  expect(sent[0]?.message.subject).toBe('Vos données Atrium sont prêtes')
  expect(sent.map(({ options }) => options.isRepeat)).toEqual([false, true])
  expect(sent[0]?.options.idempotencyKey).toBe(sent[1]?.options.idempotencyKey)
})

it.each([['list_personal_tables'], ['finish_personal_export']])(
  '[A1-08] leaves no zip behind and mails nobody when the account goes before %s',
  async (name) => {
    const { run, zip, sent } = stage({ changes: { [name]: null } })
    expect(await run()).toEqual({ result: { is_ready: false } })
    expect(zip()).toBeUndefined()
    expect(sent).toEqual([])
  },
)
