import { setTimeout as delay } from 'node:timers/promises'
import { isAlive } from '../processes.ts'
import { loadSecrets } from '../secrets.ts'
import type { CliOptions } from './options.ts'
import { readState, removeState } from './state.ts'
import { describeStack, envLines } from './summary.ts'

const patienceMs = 30_000

/** Ends the stack of a data folder and waits until it is gone. */
export async function stop(options: CliOptions): Promise<void> {
  const running = await readState(options.dataFolder)
  if (!running) {
    console.log('No stack is running on this data folder.')
    return
  }
  process.kill(running.pid, 'SIGTERM')
  const deadline = Date.now() + patienceMs
  while (isAlive(running.pid)) {
    if (Date.now() > deadline) process.kill(running.pid, 'SIGKILL')
    await delay(50)
  }
  await removeState(options.dataFolder)
  console.log('Stopped.')
}

/** Prints where the stack of a data folder is, as text or as env lines; exit code 1 when none runs. */
export async function status(options: CliOptions): Promise<void> {
  const running = await readState(options.dataFolder)
  if (!running) {
    console.log('Not running. Start it with "npm start".')
    process.exitCode = 1
    return
  }
  const places = { ...running, keys: (await loadSecrets(options.dataFolder)).keys }
  if (options.asEnv) {
    console.log(envLines(places))
    return
  }
  const answers = await fetch(`${running.apiUrl}/auth/v1/health`).then(
    (response) => response.ok,
    () => false,
  )
  console.log(`Running since ${running.startedAt} (process ${running.pid}), ${answers ? 'answering' : 'NOT answering'}`)
  console.log(`\n${describeStack(places)}`)
  if (!answers) process.exitCode = 1
}
