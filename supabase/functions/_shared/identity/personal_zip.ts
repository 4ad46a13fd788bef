import { strToU8, Zip, ZipDeflate, ZipPassThrough } from 'fflate'
import { z } from 'zod'
import { type FileStorage, FileStorageError } from '../files/mod.ts'
import { callRpc, type RpcClient } from '../platform/mod.ts'

const pageSize = 500
const tablesSchema = z.array(z.string()).nullable()
const rowsSchema = z.object({ rows: z.array(z.unknown()), next: z.record(z.string(), z.unknown()).nullable() })
const filesSchema = z.array(z.object({ bucket: z.string(), name: z.string() }))
type PersonalFile = z.output<typeof filesSchema>[number]

/** Where a zip of personal data comes from. */
export interface PersonalZipDeps {
  readonly db: RpcClient
  readonly storage: Pick<FileStorage, 'open'>
  readonly signal: AbortSignal
}

/** The tables with rows about a person, and "account"; null when the account is gone. */
export async function personalTables(db: RpcClient, userId: string): Promise<string[] | null> {
  return tablesSchema.parse(await callRpc(db, 'list_personal_tables', { user_id: userId }))
}

/**
 * Writes everything about a person as a zip: `data/<table>.json` and `files/<bucket>/<name>`. Some hundred rows and one
 * piece of a file are in memory at a time.
 *
 * @param tables of {@link personalTables}
 */
export async function* personalZip(
  deps: PersonalZipDeps,
  userId: string,
  tables: readonly string[],
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const written: Uint8Array<ArrayBuffer>[] = []
  let failure: Error | null = null
  const zip = new Zip((error, chunk) => {
    if (error) failure = error
    else written.push(new Uint8Array(chunk))
  })
  function* take() {
    deps.signal.throwIfAborted()
    if (failure) throw failure
    yield* written.splice(0)
  }
  for (const table of tables) {
    const file = new ZipDeflate(`data/${table}.json`, { level: 6 })
    zip.add(file)
    let separator = '['
    for await (const row of rowsOf(deps.db, userId, table)) {
      file.push(strToU8(`${separator}\n  ${JSON.stringify(row)}`))
      separator = ','
      yield* take()
    }
    file.push(strToU8(separator === '[' ? '[]\n' : '\n]\n'), true)
    yield* take()
  }
  for await (const { bucket, name } of filesOf(deps.db, userId)) {
    const content = await openIfThere(deps, bucket, name)
    if (!content) continue
    // Pictures are compressed already: trying again costs time and gains nothing.
    const file = new ZipPassThrough(`files/${bucket}/${name}`)
    zip.add(file)
    for await (const chunk of content) {
      file.push(chunk)
      yield* take()
    }
    file.push(new Uint8Array(), true)
    yield* take()
  }
  zip.end()
  yield* take()
}

async function* rowsOf(db: RpcClient, userId: string, table: string): AsyncGenerator<unknown, void, undefined> {
  let after: Record<string, unknown> | null = null
  do {
    const page = { user_id: userId, table_name: table, after, page_size: pageSize }
    const answer: z.output<typeof rowsSchema> = rowsSchema.parse(await callRpc(db, 'read_personal_rows', page))
    yield* answer.rows
    after = answer.next
  } while (after !== null)
}

/** Files of the person. Exports are no data about them, and would be in each other. */
async function* filesOf(db: RpcClient, userId: string): AsyncGenerator<PersonalFile, void, undefined> {
  let after: PersonalFile | undefined
  for (;;) {
    const page = {
      ...{ user_id: userId, page_size: pageSize },
      ...(after && { after_bucket: after.bucket, after_name: after.name }),
    }
    const files = filesSchema.parse(await callRpc(db, 'list_personal_files', page))
    yield* files.filter(({ bucket }) => bucket !== 'exports')
    if (files.length < pageSize) return
    after = files.at(-1)
  }
}

/** The content of a file; null for one that the person removed meanwhile. */
async function openIfThere({ storage, signal }: PersonalZipDeps, bucket: string, name: string) {
  try {
    return await storage.open(bucket, name, { signal })
  } catch (error) {
    if (error instanceof FileStorageError && error.isMissing) return null
    throw error
  }
}
