import { dev } from './cli/dev.ts'
import { readOptions } from './cli/options.ts'
import { openConsole } from './cli/psql.ts'
import { reset, seed } from './cli/reset.ts'
import { sandboxAlone } from './cli/sandbox.ts'
import { start, startDetached } from './cli/start.ts'
import { status, stop } from './cli/stop.ts'
import { StackError } from './stack_error.ts'

const [command = 'start', ...parameters] = process.argv.slice(2)

const commands: Record<string, () => Promise<void>> = {
  start: () => {
    const options = readOptions(parameters)
    return options.detach ? startDetached(options) : start(options, { watch: false })
  },
  dev: () => dev(readOptions(parameters)),
  stop: () => stop(readOptions(parameters)),
  status: () => status(readOptions(parameters)),
  reset: () => reset(readOptions(parameters)),
  seed: () => seed(readOptions(parameters)),
  sandbox: () => sandboxAlone(readOptions(parameters)),
  psql: () => openConsole(parameters),
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
