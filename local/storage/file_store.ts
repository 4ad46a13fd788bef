import { createHash, randomUUID } from 'node:crypto'
import { copyFile, type FileHandle, link, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, noSuchKey, tooLarge } from './errors.ts'

/** A file that is complete on the disk. */
export interface StoredFile {
  readonly version: string
  readonly size: number
  /** Quoted, as HTTP writes it. */
  readonly etag: string
}

/** Keeps the content of objects: one file for each version, under the version's id and never under a caller's name. */
export interface FileStore {
  /**
   * Streams a body into a new version. Until the last byte is safely on the disk it is a temporary file, which goes when
   * the body breaks off, is too long or finds no room.
   *
   * @throws {StorageError} `EntityTooLarge`; errors of the body and the disk pass unchanged
   */
  receive(body: AsyncIterable<Buffer>, limit: number): Promise<StoredFile>
  /** Opens a version for reading. @throws {StorageError} `NoSuchKey` when it is gone */
  open(version: string): Promise<FileHandle>
  /** Makes a version with the content of another; both are files of their own. */
  copy(version: string): Promise<string>
  /** Removes versions. Those that do not exist count as removed; readers finish undisturbed. */
  remove(versions: readonly string[]): Promise<void>
  /** Path of a version's file. */
  pathOf(version: string): string
}

const versionPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Opens the store of a folder and removes what an interrupted run left there. */
export async function openFileStore(folder: string): Promise<FileStore> {
  const incoming = join(folder, 'incoming')
  const objects = join(folder, 'objects')
  await rm(incoming, { recursive: true, force: true })
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  await mkdir(objects, { recursive: true, mode: 0o700 })
  const made = new Set<string>()

  const shardOf = (version: string) => {
    // Versions are read from a table that projects can write to.
    if (!versionPattern.test(version)) throw noSuchKey()
    return join(objects, version.slice(0, 2))
  }
  const pathOf = (version: string) => join(shardOf(version), version)
  const shardFor = async (version: string) => {
    const shard = shardOf(version)
    if (made.has(shard)) return shard
    await mkdir(shard, { recursive: true, mode: 0o700 })
    await syncFolder(objects)
    made.add(shard)
    return shard
  }

  return {
    pathOf,
    async receive(body, limit) {
      const version = randomUUID()
      const temporary = join(incoming, version)
      try {
        const { size, md5 } = await write(temporary, body, limit)
        const shard = await shardFor(version)
        await rename(temporary, pathOf(version))
        await syncFolder(shard)
        return { version, size, etag: `"${md5}"` }
      } catch (error) {
        await rm(temporary, { force: true })
        await rm(pathOf(version), { force: true })
        throw error
      }
    },
    async open(version) {
      try {
        return await open(pathOf(version), 'r')
      } catch (cause) {
        throw codeOf(cause) === 'ENOENT' ? noSuchKey() : cause
      }
    },
    async copy(source) {
      const version = randomUUID()
      const shard = await shardFor(version)
      try {
        // Content never changes under a version, so two versions may share it.
        await link(pathOf(source), pathOf(version)).catch(async (cause: unknown) => {
          if (codeOf(cause) === 'ENOENT') throw noSuchKey()
          await copyFile(pathOf(source), pathOf(version))
        })
        await syncFolder(shard)
      } catch (error) {
        await rm(pathOf(version), { force: true })
        throw error
      }
      return version
    },
    async remove(versions) {
      for (const version of versions) {
        if (versionPattern.test(version)) await rm(pathOf(version), { force: true })
      }
    },
  }
}

async function write(path: string, body: AsyncIterable<Buffer>, limit: number): Promise<{ size: number; md5: string }> {
  const file = await open(path, 'wx', 0o600)
  try {
    const hash = createHash('md5')
    let size = 0
    for await (const chunk of body) {
      size += chunk.length
      if (size > limit) throw tooLarge()
      hash.update(chunk)
      for (let offset = 0; offset < chunk.length; ) offset += (await file.write(chunk, offset)).bytesWritten
    }
    await file.sync()
    return { size, md5: hash.digest('hex') }
  } finally {
    await file.close()
  }
}

/** Makes the names in a folder survive a loss of power. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
