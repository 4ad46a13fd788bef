import { copyFile, rename, rm, stat, truncate } from 'node:fs/promises'

/** How much log is kept beside the current file. */
export interface LogRotation {
  readonly maxBytes: number
  /** Files `<file>.1` (newest) to `<file>.<keptFiles>`. */
  readonly keptFiles: number
}

/** Some days of warnings and errors, and never more than fits anywhere. */
export const defaultRotation: LogRotation = { maxBytes: 10 * 1024 * 1024, keptFiles: 3 }

/** Puts the log of the last run aside, so that it can be read after a crash. */
export async function setLogAside(file: string, { keptFiles }: LogRotation = defaultRotation): Promise<void> {
  if ((await sizeOf(file)) === 0) return
  await makeRoom(file, keptFiles)
  await rename(file, `${file}.1`)
}

/**
 * Puts the log aside once it is too large. Whoever writes it must have opened it to append and goes on with the same file:
 * it is copied and emptied. A line that is written between the two is lost.
 *
 * @returns whether it was too large
 */
export async function rotateLog(file: string, rotation: LogRotation = defaultRotation): Promise<boolean> {
  if ((await sizeOf(file)) < rotation.maxBytes) return false
  await makeRoom(file, rotation.keptFiles)
  await copyFile(file, `${file}.1`)
  await truncate(file)
  return true
}

async function makeRoom(file: string, keptFiles: number): Promise<void> {
  await rm(`${file}.${keptFiles}`, { force: true })
  for (let number = keptFiles - 1; number >= 1; number -= 1) {
    if ((await sizeOf(`${file}.${number}`)) > 0) await rename(`${file}.${number}`, `${file}.${number + 1}`)
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0
    throw error
  }
}
