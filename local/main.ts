import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { projectFolder, readOptions } from './cli/options.ts'
import { StackError } from './stack_error.ts'

// The whole stack is a thousand modules: what Node made of them is kept, and each command loads only its own.
enableCompileCache(join(projectFolder, '.local', 'compile-cache'))

const [command = 'start', ...parameters] = process.argv.slice(2)

const commands: Record<string, () => Promise<void>> = {
  start: async () => {
    const { start, startDetached } = await import('./cli/start.ts')
    const options = readOptions(parameters)
    return options.detach ? startDetached(options) : start(options, { watch: false })
  },
  dev: async () => (await import('./cli/dev.ts')).dev(readOptions(parameters)),
  stop: async () => (await import('./cli/stop.ts')).stop(readOptions(parameters)),
  status: async () => (await import('./cli/stop.ts')).status(readOptions(parameters)),
  reset: async () => (await import('./cli/reset.ts')).reset(readOptions(parameters)),
  seed: async () => (await import('./cli/reset.ts')).seed(readOptions(parameters)),
  sandbox: async () => (await import('./cli/sandbox.ts')).sandboxAlone(readOptions(parameters)),
  psql: async () => (await import('./cli/psql.ts')).openConsole(parameters),
}

try {
  const run = commands[command]
  if (!run) {
    throw new StackError('command_unknown', `There is no command "${command}"`, {
      hint: `Commands: ${Object.keys(commands).join(', ')}`,
    })
  }
  await run()
} catch (error) {
  if (!(error instanceof StackError)) throw error
  console.error(`\n${error.message}\n${error.hint}`)
  process.exitCode = 1
}
