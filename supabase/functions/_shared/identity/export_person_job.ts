import { z } from 'zod'
import { type FileStorage, streamOf, supabaseFileStorage } from '../files/mod.ts'
import { mailRecipientSchema } from '../mail/mod.ts'
import { callRpc, defineJob, type JobHandler, type RpcClient } from '../platform/mod.ts'
import { type MailSender, mailSender } from '../providers/mail/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import { composeExportMail } from './export_mail.ts'
import { personalTables, personalZip } from './personal_zip.ts'

const payloadSchema = z.strictObject({ export_id: z.uuid(), user_id: z.uuid() })
const recipientSchema = mailRecipientSchema.nullable()
const bucket = 'exports'
const linkSeconds = 7 * 24 * 60 * 60

/**
 * Makes the handler that streams everything about a person into a zip and mails them a link to it. Again it writes over
 * what it wrote, and the mail is the same one.
 */
export function exportPersonJobWith(makeStorage: () => FileStorage, sender: () => MailSender): JobHandler {
  return defineJob('person.export', payloadSchema, async ({ db, signal }, { export_id, user_id }, job) => {
    const storage = makeStorage()
    const path = `${user_id}/${export_id}.zip`
    const tables = await personalTables(db, user_id)
    const size_bytes = tables && (await write(tables))
    const expiresAt = size_bytes !== null && (await finish(db, { export_id, file_path: path, size_bytes }))
    if (!expiresAt) {
      // The account went meanwhile, and its files with it: this one must not stay behind.
      await storage.remove(bucket, [path])
      return { result: { is_ready: false } }
    }
    const recipient = recipientSchema.parse(await callRpc(db, 'get_security_mail_recipient', { user_id }))
    if (recipient) {
      const link = await storage.sign(bucket, path, linkSeconds, { downloadName: 'my-data.zip' })
      const options = { idempotencyKey: `personal_export:${export_id}`, signal, isRepeat: job.attempt > 1 }
      await sender().send(composeExportMail(recipient, link, expiresAt), options)
    }
    return { result: { is_ready: true, size_bytes } }

    async function write(tableNames: readonly string[]): Promise<number> {
      const zip = streamOf(personalZip({ db, storage, signal }, user_id, tableNames))
      const options = { mediaType: 'application/zip', isOverwrite: true, signal }
      return (await storage.write(bucket, path, zip, options)).sizeBytes
    }
  })
}

/** Exports what is about a person, with Storage and the mail sender of the settings. */
export const exportPersonJob = exportPersonJobWith(
  () => supabaseFileStorage(readEnv()),
  () => mailSender(readEnv()),
)

/** Removes the zip of an export whose time is over. Again finds nothing left. */
export const removeExportJob: JobHandler = defineJob(
  'person.remove_export',
  z.strictObject({ file_path: z.string() }),
  async (_deps, { file_path }) => {
    await supabaseFileStorage(readEnv()).remove(bucket, [file_path])
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
