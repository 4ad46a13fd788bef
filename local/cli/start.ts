import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile } from 'node:fs/promises'
import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { createLogger } from '../logger.ts'
import { type Stack, startStack } from '../stack.ts'
import { StackError } from '../stack_error.ts'
import { rotateLog, setLogAside } from './log_file.ts'
import { type CliOptions, projectFolder } from './options.ts'
import { readState, removeState, writeState } from './state.ts'
import { describeStack, placesOf } from './summary.ts'

/**
 * Starts a stack and stays until it is told to stop.
 *
 * @param extra.onStarted called when all is ready; what it returns is called before the stack stops
 */
export async function start(
  options: CliOptions,
  extra: { watch: boolean; onStarted?(stack: Stack): () => Promise<void> },
) {
  await requireNotRunning(options)
  const begun = performance.now()
  const stack = await launch(options, extra.watch)
  // Listened for before anything says that the stack can be stopped: a signal sent on that word must find us ready.
  const stopped = stopSignal()
  await writeState(options.dataFolder, {
    pid: process.pid,
    apiUrl: stack.services.apiUrl,
    databaseUrl: stack.postgres.url('postgres', 'postgres'),
    sandboxUrl: stack.services.sandboxUrl,
    functions: [...stack.services.functions],
    startedAt: new Date().toISOString(),
  })
  const endFollowing = extra.onStarted?.(stack)
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  console.log(`\nAtrium is ready (${seconds} s).\n\n${describeStack(placesOf(stack))}`)
  // Not at its end alone: a stack that is killed has none.
  flushCompileCache()
  process.send?.('ready')
  const isForeground = process.send === undefined
  if (isForeground) console.log('\nCtrl-C stops everything.')
  const rotation = isForeground ? undefined : setInterval(() => void keepLogSmall(options), rotationCheckMs)
  await stopped
  clearInterval(rotation)
  if (isForeground) console.log('\nStopping ...')
  await endFollowing?.()
  await stack.stop()
  await removeState(options.dataFolder)
}

const rotationCheckMs = 60_000

const logFileOf = ({ dataFolder }: CliOptions) => join(dataFolder, 'stack.log')

async function keepLogSmall(options: CliOptions): Promise<void> {
  try {
    await rotateLog(logFileOf(options))
  } catch (error) {
    // A full or read-only disk is no reason to stop.
    console.error(`Cannot rotate the log: ${error instanceof Error ? error.message : 'unknown'}`)
  }
}

/** Starts a stack in a process of its own and returns when it is ready. */
export async function startDetached(options: CliOptions): Promise<void> {
  await requireNotRunning(options)
  await mkdir(options.dataFolder, { recursive: true, mode: 0o700 })
  const logFile = logFileOf(options)
  await setLogAside(logFile)
  const log = await open(logFile, 'a')
  const parameters = process.argv.slice(3).filter((parameter) => parameter !== '--detach')
  const child = spawn(process.execPath, [join(projectFolder, 'local', 'main.ts'), 'start', '--yes', ...parameters], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
    cwd: projectFolder,
  })
  const outcome = await Promise.race([
    once(child, 'message').then(() => 'ready' as const),
    once(child, 'exit').then(() => 'exited' as const),
  ])
  await log.close()
  console.log((await readFile(logFile, 'utf8')).trim())
  if (outcome === 'exited') {
    process.exitCode = 1
    return
  }
  child.disconnect()
  child.unref()
  console.log(`\nRunning in the background (log: ${logFile}). "npm run stop" ends it.`)
}

async function requireNotRunning(options: CliOptions): Promise<void> {
  const running = await readState(options.dataFolder)
  if (!running) return
  throw new StackError('already_running', `A stack already runs on this data folder, at ${running.apiUrl}`, {
    hint: 'End it with "npm run stop", or start another one with --port-base and --data-dir',
  })
}

function launch(options: CliOptions, watch: boolean): Promise<Stack> {
  const begun = performance.now()
  return startStack({
    projectFolder,
    ports: options.ports,
    dataFolder: options.dataFolder,
    logger: createLogger({
      level: options.verbose ? 'debug' : 'warn',
      format: options.logFormat,
      write: (line) => console.error(line),
    }),
    watch,
    withSeed: !options.withoutSeed,
    confirmRebuild: (changed) => confirmRebuild(changed, options, watch),
    onProgress: (message) =>
      console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${message}`),
  })
}

/** `start` rebuilds and says so, `dev` asks, `--keep` refuses: the rows in the database are lost. */
async function confirmRebuild(changed: readonly string[], options: CliOptions, watch: boolean): Promise<void> {
  const what = `Already applied and changed since: ${changed.join(', ')}`
  const refusal = new StackError('rebuild_refused', what, {
    hint: 'Save your rows with "npm run db:backup" and start without --keep, or restore the old files',
  })
  if (options.keep) throw refusal
  if (!watch || options.yes) return
  if (!process.stdin.isTTY) return
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await prompt.question(`${what}.\nThe database must be rebuilt and its rows are lost. Rebuild? [y/N] `)
  prompt.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw refusal
}

/** Resolves at the first request to stop; a second one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1))
        resolve()
      })
    }
  })
}
