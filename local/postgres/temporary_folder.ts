import { readdirSync, readFileSync, statfsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '../processes.ts'

const memory = '/dev/shm'
/** What a run of all tests needs is well below a quarter of it. */
const neededBytes = 4 * 2 ** 30
const folderPattern = /^atrium-(\d+)-/

/**
 * Makes a folder for the data of a Postgres that ends with this process: in memory where the machine has a file system
 * for that and room, else on disk. Making and dropping a database of 1,500 files costs fifteen times as much on ext4
 * without a journal, which virtual machines often have, because it looks for inodes that were not freed just now.
 *
 * Only for data of Postgres: Deno refuses its programs whatever is below `/dev`. Remove it after use; what a killed
 * process left in memory goes when the next folder is made.
 */
export async function temporaryDataFolder(): Promise<string> {
  const parent = hasRoomInMemory() ? memory : tmpdir()
  if (parent === memory) await removeAbandoned()
  return mkdtemp(join(parent, `atrium-${process.pid}-`))
}

async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(memory)) {
    const owner = Number(folderPattern.exec(name)?.[1])
    if (!owner || isAlive(owner)) continue
    // Another user's stays: that user's next run removes it.
    await rm(join(memory, name), { recursive: true, force: true }).catch(() => {})
  }
}

function hasRoomInMemory(): boolean {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n')
    const [, , type] = mounts.map((line) => line.split(' ')).findLast(([, path]) => path === memory) ?? []
    if (type !== 'tmpfs') return false
    const { bavail, bsize } = statfsSync(memory)
    return Math.min(bavail * bsize, process.availableMemory()) >= neededBytes
  } catch {
    // Not Linux, or hidden from this process.
    return false
  }
}
