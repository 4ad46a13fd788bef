import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

// npm leaves programs of other platforms out of package-lock.json when a registry mirror lacks them, and `npm ci` then
// refuses the file everywhere. This adds them by name and version, so that the lock file works on every platform:
// run it after `npm install`.

const file = join(import.meta.dirname, '..', 'package-lock.json')

const packageSchema = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
})
const lockSchema = z.looseObject({ packages: z.record(z.string(), packageSchema) })
type Lock = z.infer<typeof lockSchema>

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'windows']
const processors = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 'riscv64', 's390x', 'loong64']

/** Adds an entry for each optional dependency that the lock file names but does not list. @returns what was added */
export function completeLock(lock: Lock): string[] {
  const added: string[] = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const places = [`${path}/node_modules/${name}`, `node_modules/${name}`]
      // Ranges belong to ordinary optional packages; programs of a platform are pinned by their parent.
      if (places.some((place) => lock.packages[place]) || !/^\d/.test(version)) continue
      lock.packages[`node_modules/${name}`] = {
        version,
        ...platformOf(name),
        ...(entry.dev === true && { dev: true }),
        optional: true,
      }
      added.push(name)
    }
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  return added
}

/** A platform no machine has keeps a package of unknown platform from being installed. */
function platformOf(name: string): { os: string[]; cpu: string[] } {
  const words = name.split(/[/-]/)
  const system = words.find((word) => systems.includes(word)) ?? 'none'
  return {
    os: [system === 'windows' ? 'win32' : system],
    cpu: [words.find((word) => processors.includes(word)) ?? (words.includes('linux') ? 'arm' : 'none')],
  }
}

if (import.meta.main) {
  const lock = lockSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  const added = completeLock(lock)
  if (process.argv.includes('--check')) {
    if (added.length > 0) {
      console.error(`package-lock.json lacks ${added.join(', ')}. Run "node scripts/complete_lock.ts" and commit it.`)
      process.exitCode = 1
    }
  } else {
    await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`)
    console.log(added.length > 0 ? `Added ${added.length} entries` : 'Nothing was missing')
  }
}
