import { strFromU8, strToU8, unzipSync } from 'fflate'
import { expect, it } from 'vitest'
import { type ExportFiles, exportPersonJobWith } from '../../../supabase/functions/_shared/identity/mod.ts'
import type { MailMessage, MailSender, SendOptions } from '../../../supabase/functions/_shared/providers/mail/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
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
  read_personal_data: { account: [{ email: 'ana@example.com' }], 'public.profiles': [{ display_name: 'Ána' }] },
  list_personal_files: [
    { bucket: 'avatars', name: `${ana}/me.png` },
    { bucket: 'exports', name: `${ana}/earlier.zip` },
  ],
  finish_personal_export: '2026-02-01T09:30:00.123456+00:00',
  get_security_mail_recipient: recipient,
}

/** Runs the job against a database with these answers and a Storage in memory. */
function stage(changes: Partial<Record<keyof typeof answers, unknown>> = {}) {
  const stored = new Map<string, Uint8Array>()
  const sent: { message: MailMessage; options: SendOptions }[] = []
  const calls: [string, object][] = []
  const files: ExportFiles = {
    async read(bucket, name) {
      if (bucket !== 'avatars' || name !== `${ana}/me.png`) throw new Error('No such file')
      return picture
    },
    async write(name, zip) {
      stored.set(name, zip)
    },
    async remove(name) {
      stored.delete(name)
    },
    sign: async (name, seconds) => `https://api.example.com/${name}?seconds=${seconds}`,
  }
  const sender: MailSender = {
    provider: 'double',
    async send(message, options) {
      sent.push({ message, options })
      return { provider: 'double', messageId: '1' }
    },
  }
  const told: ReadonlyMap<string, unknown> = new Map(Object.entries({ ...answers, ...changes }))
  const deps = {
    clock: systemClock,
    logger: createLogger('test', () => {}),
    signal: AbortSignal.timeout(10_000),
    report: async () => {},
    db: {
      async rpc(name: string, parameters: object) {
        calls.push([name, { ...parameters }])
        return { data: told.get(name), error: null }
      },
    },
  }
  const job = exportPersonJobWith(
    () => files,
    () => sender,
  )
  const run = (attempt = 1) => job.run(deps, { ...fakeJob('person.export', payload), attempt })
  return { run, stored, sent, calls }
}

it('[A1-08] puts rows and files of the person into a zip and mails a link of seven days', async () => {
  const { run, stored, sent, calls } = stage()
  expect(await run()).toMatchObject({ result: { is_ready: true } })
  const zip = stored.get(path) ?? new Uint8Array()
  const content = unzipSync(zip)
  expect(Object.keys(content).sort()).toEqual([
    'data/account.json',
    'data/public.profiles.json',
    `files/avatars/${ana}/me.png`,
  ])
  expect(JSON.parse(strFromU8(content['data/public.profiles.json'] ?? strToU8('null')))).toEqual([
    { display_name: 'Ána' },
  ])
  expect(content[`files/avatars/${ana}/me.png`]).toEqual(picture)
  expect(calls).toContainEqual([
    'finish_personal_export',
    { export_id: payload.export_id, file_path: path, size_bytes: zip.byteLength },
  ])
  expect(sent[0]?.message).toMatchObject({
    to: { email: 'ana@example.com' },
    subject: 'Your data from Atrium is ready',
  })
  expect(sent[0]?.message.text).toContain(`https://api.example.com/${path}?seconds=604800`)
  expect(sent[0]?.message.text).toContain('1 February 2026 at 10:30')
})

it('[A1-08] writes in French to whoever reads French, and names a repeated try as one', async () => {
  const { run, sent, stored } = stage({ get_security_mail_recipient: { ...recipient, locale: 'fr-CA' } })
  await run(1)
  await run(2)
  expect(stored.size).toBe(1)
  expect(sent[0]?.message.subject).toBe('Vos données Atrium sont prêtes')
  expect(sent.map(({ options }) => options.isRepeat)).toEqual([false, true])
  expect(sent[0]?.options.idempotencyKey).toBe(sent[1]?.options.idempotencyKey)
})

it.each([['read_personal_data'], ['finish_personal_export']])(
  '[A1-08] leaves no zip behind and mails nobody when the account goes before %s',
  async (name) => {
    const { run, stored, sent } = stage({ [name]: null })
    expect(await run()).toEqual({ result: { is_ready: false } })
    expect(stored.size).toBe(0)
    expect(sent).toEqual([])
  },
)
