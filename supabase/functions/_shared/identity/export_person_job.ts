import { strToU8, type Zippable, zipSync } from 'fflate'
import { z } from 'zod'
import { backendClient } from '../http/mod.ts'
import { mailRecipientSchema } from '../mail/mod.ts'
import { callRpc, defineJob, type JobHandler, type RpcClient } from '../platform/mod.ts'
import { type MailSender, mailSender } from '../providers/mail/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import { composeExportMail } from './export_mail.ts'

/** The files of exports and what goes into them. Every call throws what Storage said. */
export interface ExportFiles {
  /** @throws {Error} when there is no such file */
  read(bucket: string, name: string): Promise<Uint8Array<ArrayBuffer>>
  /** Puts a zip into bucket `exports`, over an earlier one. */
  write(name: string, zip: Uint8Array<ArrayBuffer>): Promise<void>
  remove(name: string): Promise<void>
  /** A link to a zip for whoever has it. */
  sign(name: string, seconds: number): Promise<string>
}

const payloadSchema = z.strictObject({ export_id: z.uuid(), user_id: z.uuid() })
const dataSchema = z.record(z.string(), z.array(z.unknown())).nullable()
const filesSchema = z.array(z.object({ bucket: z.string(), name: z.string() }))
const recipientSchema = mailRecipientSchema.nullable()
const mostFiles = 1000
const linkSeconds = 7 * 24 * 60 * 60

/**
 * Makes the handler that puts everything about a person into a zip and mails them a link to it: `data/<table>.json` and
 * `files/<bucket>/<name>`. Again it writes over what it wrote, and the mail is the same one.
 */
export function exportPersonJobWith(makeFiles: () => ExportFiles, sender: () => MailSender): JobHandler {
  return defineJob('person.export', payloadSchema, async ({ db, signal }, { export_id, user_id }, job) => {
    const files = makeFiles()
    const path = `${user_id}/${export_id}.zip`
    const data = dataSchema.parse(await callRpc(db, 'read_personal_data', { user_id }))
    const zip = data && (await makeZip(data, await listFiles(db, user_id), files, signal))
    signal.throwIfAborted()
    if (zip) await files.write(path, zip)
    const expiresAt = zip && (await finish(db, { export_id, file_path: path, size_bytes: zip.byteLength }))
    if (!expiresAt) {
      // The account went meanwhile, and its files with it: this one must not stay behind.
      await files.remove(path)
      return { result: { is_ready: false } }
    }
    const recipient = recipientSchema.parse(await callRpc(db, 'get_security_mail_recipient', { user_id }))
    if (recipient) {
      const link = await files.sign(path, linkSeconds)
      const options = { idempotencyKey: `personal_export:${export_id}`, signal, isRepeat: job.attempt > 1 }
      await sender().send(composeExportMail(recipient, link, expiresAt), options)
    }
    return { result: { is_ready: true, size_bytes: zip.byteLength } }
  })
}

/** Exports what is about a person, with Storage and the mail sender of the settings. */
export const exportPersonJob = exportPersonJobWith(storedFiles, () => mailSender(readEnv()))

/** Removes the zip of an export whose time is over. Again finds nothing left. */
export const removeExportJob: JobHandler = defineJob(
  'person.remove_export',
  z.strictObject({ file_path: z.string() }),
  async (_deps, { file_path }) => {
    await storedFiles().remove(file_path)
    return { result: {} }
  },
)

async function finish(db: RpcClient, done: { export_id: string; file_path: string; size_bytes: number }) {
  const at = z
    .string()
    .nullable()
    .parse(await callRpc(db, 'finish_personal_export', done))
  return at === null ? null : new Date(at)
}

/** Files of the person. Exports are no data about them, and would be in each other. */
async function listFiles(db: RpcClient, user_id: string) {
  const listed = filesSchema.parse(await callRpc(db, 'list_personal_files', { user_id, page_size: mostFiles }))
  return listed.filter(({ bucket }) => bucket !== 'exports')
}

async function makeZip(
  data: Record<string, readonly unknown[]>,
  names: z.output<typeof filesSchema>,
  files: ExportFiles,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const content: Zippable = {}
  for (const [table, rows] of Object.entries(data)) {
    content[`data/${table}.json`] = strToU8(`${JSON.stringify(rows, null, 2)}\n`)
  }
  for (const { bucket, name } of names) {
    signal.throwIfAborted()
    // Pictures are compressed already: trying again costs time and gains nothing.
    content[`files/${bucket}/${name}`] = [await files.read(bucket, name), { level: 0 }]
  }
  return new Uint8Array(zipSync(content))
}

function storedFiles(): ExportFiles {
  const env = readEnv()
  const { storage } = backendClient(env)
  const exports = storage.from('exports')
  return {
    async read(bucket, name) {
      const { data, error } = await storage.from(bucket).download(name)
      if (error) throw error
      return new Uint8Array(await data.arrayBuffer())
    },
    async write(name, zip) {
      const { error } = await exports.upload(name, zip, { contentType: 'application/zip', upsert: true })
      if (error) throw error
    },
    async remove(name) {
      const { error } = await exports.remove([name])
      if (error) throw error
    },
    async sign(name, seconds) {
      const { data, error } = await exports.createSignedUrl(name, seconds, { download: 'my-data.zip' })
      if (error) throw error
      // Signed on the internal address; people come by the public one.
      const { pathname, search } = new URL(data.signedUrl)
      return `${env.PUBLIC_URL}${pathname}${search}`
    },
  }
}
