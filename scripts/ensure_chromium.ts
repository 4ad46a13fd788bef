import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const otherPlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** Where Chromium is, or why there is none. */
export type ChromiumSearch = { readonly path: string } | { readonly path: null; readonly reason: string }

/** What the machine offers; tests give their own. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isRoot: boolean
  isExecutable(path: string): boolean
  /** @returns whether the command ended well */
  run(command: string, args: readonly string[]): boolean
}

const thisMachine: Machine = {
  env: process.env,
  isRoot: process.getuid?.() === 0,
  isExecutable(path) {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  },
  run(command, args) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    return spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env, timeout: 600_000 }).status === 0
  },
}

/** Looks at `CHROMIUM_PATH`, then in `PATH`, then where installers put it. */
export function findChromium(machine: Machine = thisMachine): ChromiumSearch {
  const chosen = machine.env.CHROMIUM_PATH
  if (chosen) {
    if (machine.isExecutable(chosen)) return { path: chosen }
    return { path: null, reason: `CHROMIUM_PATH is "${chosen}", which is no program` }
  }
  const folders = (machine.env.PATH ?? '').split(delimiter).filter(Boolean)
  const candidates = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...otherPlaces]
  const path = candidates.find((candidate) => machine.isExecutable(candidate))
  if (path) return { path }
  return {
    path: null,
    reason: 'Chromium is not installed: "apt-get install chromium" (or any Chrome), or set CHROMIUM_PATH',
  }
}

/** Finds Chromium; as root on a machine with apt it is installed when it is missing. */
export function ensureChromium(machine: Machine = thisMachine): ChromiumSearch {
  const found = findChromium(machine)
  if (found.path !== null || machine.env.CHROMIUM_PATH || !machine.isRoot) return found
  const apt = '/usr/bin/apt-get'
  if (!machine.isExecutable(apt)) return found
  console.error('Installing Chromium for the browser tests ...')
  // Two test runs may want it at once: apt waits for its lock.
  const wait = ['-o', 'DPkg::Lock::Timeout=300']
  const install = [...wait, 'install', '-y', '-qq', '--no-install-recommends', 'chromium']
  const isDone = machine.run(apt, [...wait, 'update', '-qq']) && machine.run(apt, install)
  if (isDone) return findChromium(machine)
  return { path: null, reason: 'Chromium is not installed, and apt-get could not install it' }
}

if (import.meta.main) {
  const result = ensureChromium()
  console.log(result.path ?? result.reason)
  process.exitCode = result.path === null ? 1 : 0
}
