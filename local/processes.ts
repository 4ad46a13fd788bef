import { readFileSync } from 'node:fs'

/** True while a process of this number runs; one that was killed and not yet reaped by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  try {
    // The state stands behind the program's name, which is in brackets and may hold anything.
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !/^ [ZX]/.test(status.slice(status.lastIndexOf(')') + 1))
  } catch {
    return false
  }
}
