import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Logger } from '../../logger.ts'
import { writeWhole } from '../safe_files.ts'
import { mailSummarySchema } from '../schemas.ts'

const recordSchema = z.object({ format: z.literal(1), summary: mailSummarySchema, envelopeFrom: z.string() })

/** What the disk holds of a mail beside the message itself. */
export type MailRecord = Omit<z.infer<typeof recordSchema>, 'format'>

/** Keeps messages by id. A message that `write` has confirmed survives a crash; an unfinished one leaves nothing. */
export interface MailFiles {
  /** What was kept before, in no particular order. */
  readonly kept: readonly MailRecord[]
  write(record: MailRecord, raw: Uint8Array): Promise<void>
  /** @returns the message, or null when it is gone */
  read(id: string): Promise<Buffer | null>
  remove(id: string): Promise<void>
}

/** Keeps messages in memory; they end with the process. */
export function createMailMemory(): MailFiles {
  const messages = new Map<string, Buffer>()
  return {
    kept: [],
    async write({ summary }, raw) {
      messages.set(summary.id, Buffer.from(raw))
    },
    read: async (id) => messages.get(id) ?? null,
    async remove(id) {
      messages.delete(id)
    },
  }
}

/**
 * Keeps each message in a file that is written once: a line of JSON, then the message as it came. The file is complete
 * and on disk before it gets its name, so whatever has the name can be read.
 *
 * @param folder made when it is missing
 */
export async function openMailFolder(folder: string, logger: Logger): Promise<MailFiles> {
  await mkdir(folder, { recursive: true })
  const fileOf = (id: string) => join(folder, `${id}.mail`)
  const kept: MailRecord[] = []
  for (const name of await readdir(folder)) {
    if (name.endsWith('.part')) await rm(join(folder, name), { force: true })
    if (!name.endsWith('.mail')) continue
    const record = await readRecord(join(folder, name))
    if (record && `${record.summary.id}.mail` === name) kept.push(record)
    else logger.warn('a kept mail could not be read and is left out', { file: name })
  }
  return {
    kept,
    write: (record, raw) =>
      writeWhole(folder, `${record.summary.id}.mail`, [
        Buffer.from(`${JSON.stringify({ format: 1, ...record })}\n`),
        raw,
      ]),
    async read(id) {
      const content = await readFile(fileOf(id)).catch(() => null)
      return content === null ? null : content.subarray(content.indexOf(10) + 1)
    },
    remove: (id) => rm(fileOf(id), { force: true }),
  }
}

/** Reads the first line alone: a start must not read a thousand messages of 25 MB. */
async function readRecord(path: string): Promise<MailRecord | null> {
  const file = await open(path, 'r')
  try {
    for await (const line of file.readLines({ autoClose: false })) {
      const { format: _format, ...record } = recordSchema.parse(JSON.parse(line))
      return record
    }
    return null
  } catch {
    return null
  } finally {
    await file.close()
  }
}
