import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import type { Logger } from '../logger.ts'
import { isAlive } from '../processes.ts'
import { StackError } from '../stack_error.ts'
import { findPostgresBinaries, type InstalledPostgres, namespaceArguments, type PostgresBinaries } from './binaries.ts'

/** Password of every login role of a local server. It listens on loopback only; `supabase start` uses the same one. */
export const localPassword = 'postgres'

/** Superuser of a local server, as on a hosted project. */
export const superuser = 'supabase_admin'

/** A running Postgres. */
export interface PostgresServer {
  readonly port: number
  /** True when this start made the data folder. */
  readonly isNew: boolean
  /** Folder the data is in; another than asked for only where user namespaces are off. */
  readonly dataFolder: string
  readonly extensionFolder: string
  /** Connection URL for a role, by default the superuser. */
  url(database?: string, role?: string): string
  /** Stops the server at once, as a crash would, and starts it again. */
  crashAndRestart(): Promise<void>
  /** Ends sessions, writes a checkpoint, stops. */
  stop(): Promise<void>
}

/** Options of {@link startPostgres}. */
export interface PostgresOptions {
  /** Where the data is kept; made when missing. */
  readonly dataFolder: string
  readonly port: number
  readonly logger: Logger
  /** Extra server settings. */
  readonly settings?: Readonly<Record<string, string>>
  /** Another server than the npm one. */
  readonly installed?: InstalledPostgres
}

/** The same everywhere, whatever locales the machine has. */
const builtinLocale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']

const minimumFreeBytes = 300 * 1024 * 1024

/**
 * Starts the npm server on a data folder, making the folder on first use. Works as any user, root included.
 *
 * @throws {StackError} `disk_full`, `data_folder_too_old`, `postgres_missing`, `postgres_failed`
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const binaries = await findPostgresBinaries(options.installed)
  const dataFolder = dataFolderFor(options.dataFolder, binaries)
  if (binaries.dataRoot) options.logger.warn('user namespaces are off: Postgres runs from a copy', { dataFolder })
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  await requireFreeSpace(dataFolder)
  const isNew = (await dataVersion(dataFolder)) === null
  if (isNew) await initialise(dataFolder, binaries)
  else await requireSameVersion(dataFolder, binaries)
  await endLeftOver(dataFolder)

  let child = await launch(dataFolder, binaries, options)
  const url = (database = 'postgres', role = superuser) =>
    `postgresql://${role}:${localPassword}@127.0.0.1:${options.port}/${database}`
  await waitUntilReady(url(), child)
  let stopped: Promise<void> | undefined
  return {
    port: options.port,
    isNew,
    dataFolder,
    extensionFolder: binaries.extensionFolder,
    url,
    async crashAndRestart() {
      await end(child.process, 'SIGQUIT')
      child = await launch(dataFolder, binaries, options)
      await waitUntilReady(url(), child)
    },
    stop() {
      stopped ??= end(child.process, 'SIGINT')
      return stopped
    },
  }
}

function dataFolderFor(wanted: string, binaries: PostgresBinaries): string {
  if (!binaries.dataRoot) return wanted
  return join(binaries.dataRoot, `data-${createHash('sha256').update(wanted).digest('hex').slice(0, 16)}`)
}

async function requireFreeSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= minimumFreeBytes) return
  throw new StackError('disk_full', `Cannot start Postgres: only ${Math.round(free / 2 ** 20)} MB are free`, {
    hint: `Free at least ${minimumFreeBytes / 2 ** 20} MB on the disk of ${folder}, or choose another folder with --data-dir`,
  })
}

async function dataVersion(folder: string): Promise<string | null> {
  return readFile(join(folder, 'PG_VERSION'), 'utf8').then(
    (text) => text.trim(),
    () => null,
  )
}

async function requireSameVersion(folder: string, binaries: PostgresBinaries): Promise<void> {
  const installed = await serverVersion(binaries)
  const found = await dataVersion(folder)
  if (installed === found) return
  throw new StackError('data_folder_too_old', `The data folder was made by Postgres ${found}, this is ${installed}`, {
    hint: 'Keep what you need with the older checkout\'s "npm run db:backup", then run "npm run db:reset"',
  })
}

/** Major version of the programs, such as "17". */
async function serverVersion(binaries: PostgresBinaries): Promise<string> {
  const { output } = await runToEnd('postgres', ['--version'], binaries)
  return /(\d+)\./.exec(output)?.[1] ?? 'unknown'
}

async function initialise(dataFolder: string, binaries: PostgresBinaries): Promise<void> {
  const secrets = await mkdtemp(join(tmpdir(), 'atrium-initdb-'))
  try {
    const passwordFile = join(secrets, 'password')
    await writeFile(passwordFile, localPassword, { mode: 0o600 })
    if (binaries.launcher.kind === 'user') {
      const { uid, gid } = binaries.launcher
      for (const path of [secrets, passwordFile, dataFolder]) await chown(path, uid, gid)
    }
    const { code, output } = await runToEnd(
      'initdb',
      [
        `--pgdata=${dataFolder}`,
        `--username=${superuser}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        ...(Number(await serverVersion(binaries)) >= 17 ? builtinLocale : ['--locale=C.UTF-8']),
        '--no-instructions',
      ],
      binaries,
    )
    if (code !== 0) throw failure('Cannot create the data folder', output)
  } catch (error) {
    // A half-made folder would look like an existing one at the next start.
    await rm(dataFolder, { recursive: true, force: true })
    throw error
  } finally {
    await rm(secrets, { recursive: true, force: true })
  }
}

function failure(what: string, output: string): StackError {
  const last = output.trim().split('\n').slice(-8).join('\n')
  if (/no space left|could not resize|disk quota/i.test(output)) {
    return new StackError('disk_full', `${what}: the disk is full`, {
      hint: 'Free some space, or choose another folder with --data-dir',
      cause: last,
    })
  }
  return new StackError('postgres_failed', `${what}: ${last}`, {
    hint: 'If the folder is damaged, "npm run db:reset" makes it anew',
  })
}

/** Program and arguments that run a server program with the launcher's rights. */
function command(program: string, parameters: readonly string[], binaries: PostgresBinaries): [string, string[]] {
  const path = join(binaries.binFolder, program)
  const inner = [path, ...parameters]
  // The kernel ends the server (fast shutdown) when the stack is killed: nothing is left running on the port.
  const tied =
    program === 'postgres' && process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'INT', ...inner] : inner
  const [first = path, ...rest] =
    binaries.launcher.kind === 'namespace' ? ['unshare', ...namespaceArguments, ...tied] : tied
  return [first, rest]
}

function ownership(binaries: PostgresBinaries): { uid?: number; gid?: number } {
  return binaries.launcher.kind === 'user' ? { uid: binaries.launcher.uid, gid: binaries.launcher.gid } : {}
}

async function runToEnd(
  program: string,
  parameters: readonly string[],
  binaries: PostgresBinaries,
): Promise<{ code: number | null; output: string }> {
  const [file, list] = command(program, parameters, binaries)
  const child = spawn(file, list, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/', ...ownership(binaries) })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

/** Ends a server that an earlier stack left on this folder, so that the port and the lock are free. */
async function endLeftOver(dataFolder: string): Promise<void> {
  const file = join(dataFolder, 'postmaster.pid')
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0])
  if (!pid) return
  // In a user namespace the recorded number is the same as outside. It is ours only if it serves this very folder.
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  if (!commandLine.includes(dataFolder)) {
    await rm(file, { force: true })
    return
  }
  process.kill(pid, 'SIGINT')
  const deadline = Date.now() + 20_000
  while (isAlive(pid)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL')
    await delay(20)
  }
}

interface Launched {
  readonly process: ChildProcess
  /** The last lines the server wrote. */
  log(): string
}

async function launch(dataFolder: string, binaries: PostgresBinaries, options: PostgresOptions): Promise<Launched> {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    // Loss-free across a crash; group commit keeps it fast enough.
    fsync: 'on',
    shared_preload_libraries: 'pg_stat_statements',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    ...options.settings,
  }
  const parameters = ['-D', dataFolder, '-p', String(options.port)]
  for (const [name, value] of Object.entries(settings)) parameters.push('-c', `${name}=${value}`)
  const [file, list] = command('postgres', parameters, binaries)
  const child = spawn(file, list, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', ...ownership(binaries) })
  const lines: string[] = []
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (chunk: string) => {
    lines.push(...chunk.split('\n').filter(Boolean))
    lines.splice(0, Math.max(0, lines.length - 50))
    if (/PANIC|FATAL.*(space|corrupt)/.test(chunk)) options.logger.error(chunk.trim())
  })
  return { process: child, log: () => lines.join('\n') }
}

async function waitUntilReady(url: string, server: Launched): Promise<void> {
  let exited = false
  server.process.once('exit', () => {
    exited = true
  })
  const deadline = Date.now() + 60_000
  for (;;) {
    if (exited) throw failure('Postgres did not start', server.log())
    const sql = postgres(url, { max: 1, fetch_types: false, connect_timeout: 5, onnotice: () => {}, idle_timeout: 1 })
    try {
      await sql`select 1`
      return
    } catch (cause) {
      if (Date.now() > deadline) throw failure('Postgres did not become ready', `${server.log()}\n${String(cause)}`)
      await delay(25)
    } finally {
      await sql.end({ timeout: 1 })
    }
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGQUIT'), 20_000)
  await exit
  clearTimeout(timer)
}
