import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readOptions } from '../../local/cli/options.ts'
import { readState } from '../../local/cli/state.ts'
import { createLogger } from '../../local/logger.ts'
import { freePorts } from '../../local/ports.ts'
import { temporaryDataFolder } from '../../local/postgres/temporary_folder.ts'
import { loadSecrets } from '../../local/secrets.ts'
import { startStack } from '../../local/stack.ts'
import { show } from './story.ts'

/** Where a stack answers and the key of its clients. */
export interface Target {
  readonly apiUrl: string
  readonly sandboxUrl: string
  readonly publishableKey: string
  /** Where what the demo made is kept to be looked at: it stays when a temporary stack is gone. */
  readonly outputFolder: string
  end(): Promise<void>
}

/** The running stack, or a temporary one on free ports when none runs. */
export async function findTarget(): Promise<Target> {
  const options = readOptions(process.argv.slice(2))
  const outputFolder = join(options.dataFolder, 'demo')
  const running = await readState(options.dataFolder)
  if (running) {
    console.log(`Using the stack that runs at ${running.apiUrl}.`)
    const { keys } = await loadSecrets(options.dataFolder)
    return { ...running, publishableKey: keys.publishableKey, outputFolder, end: async () => {} }
  }
  console.log('No stack is running: starting a temporary one.')
  const folder = await temporaryDataFolder()
  const [api = 0, postgres = 0, sandbox = 0, smtp = 0, scanner = 0] = await freePorts(5)
  const stack = await startStack({
    projectFolder: join(import.meta.dirname, '..', '..'),
    ports: { api, postgres, sandbox, smtp, scanner },
    dataFolder: folder,
    logger: createLogger({ level: 'error', write: (line) => console.error(line) }),
    watch: false,
    withSeed: false,
    confirmRebuild: async () => {},
    onProgress: show,
  })
  return {
    apiUrl: stack.services.apiUrl,
    sandboxUrl: stack.services.sandboxUrl,
    publishableKey: stack.secrets.keys.publishableKey,
    outputFolder,
    async end() {
      await stack.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
