import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import type { Logger } from '../logger.ts'

/** Writes a file that is complete and on disk before it gets its name, so whatever has the name can be read. */
export async function writeWhole(folder: string, name: string, parts: readonly Uint8Array[]): Promise<void> {
  const target = join(folder, name)
  const part = `${target}.part`
  try {
    const file = await open(part, 'wx')
    try {
      await file.writev([...parts])
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(part, target)
    await syncFolder(folder)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

/** Keeps records by id. A record that `write` has confirmed survives a crash. */
export interface RecordFiles<T> {
  /** What was kept before, in no particular order. */
  readonly kept: readonly T[]
  write(record: T): Promise<void>
  remove(id: string): Promise<void>
}

/**
 * Keeps each record as a JSON file.
 *
 * @param options.folder made when it is missing; null keeps nothing beyond the process
 * @param options.kind ending of the files' names
 */
export async function openRecordFiles<T extends { readonly id: string }>(options: {
  folder: string | null
  kind: string
  schema: z.ZodType<T>
  logger: Logger
}): Promise<RecordFiles<T>> {
  const { folder, kind, schema, logger } = options
  if (folder === null) return { kept: [], write: async () => {}, remove: async () => {} }
  await mkdir(folder, { recursive: true })
  const kept: T[] = []
  for (const name of await readdir(folder)) {
    if (name.endsWith('.part')) await rm(join(folder, name), { force: true })
    if (!name.endsWith(`.${kind}`)) continue
    const record = await readFile(join(folder, name), 'utf8')
      .then((text) => schema.parse(JSON.parse(text)))
      .catch(() => null)
    if (record && `${record.id}.${kind}` === name) kept.push(record)
    else logger.warn('a kept record could not be read and is left out', { file: name })
  }
  return {
    kept,
    write: (record) => writeWhole(folder, `${record.id}.${kind}`, [Buffer.from(JSON.stringify(record))]),
    remove: (id) => rm(join(folder, `${id}.${kind}`), { force: true }),
  }
}

/** A new name is on disk only when its folder is. Windows cannot open folders and needs none of this. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
