import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { z } from 'zod'

/** A contender's process. */
export interface Child {
  /** Seconds of processor time that it has used so far. Its file answers any message with `process.cpuUsage()`. */
  cpuSeconds(): Promise<number>
  stop(): Promise<void>
}

const usageShape = z.object({ user: z.number(), system: z.number() })

/** Starts a contender's file as a process of its own and waits until it says that it is ready. */
export async function startChild(file: string, input: Record<string, string>): Promise<Child> {
  const child = fork(join(import.meta.dirname, '..', 'contenders', file), [JSON.stringify(input)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const outcome = await Promise.race([once(child, 'message').then(() => 'ready'), exited.then(() => 'exited')])
  if (outcome === 'exited') throw new Error(`${file} ended before it was ready`)
  return {
    async cpuSeconds() {
      const answered = once(child, 'message')
      child.send('cpu')
      const { user, system } = usageShape.parse((await answered)[0])
      return (user + system) / 1_000_000
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
