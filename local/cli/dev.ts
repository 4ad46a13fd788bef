import { join } from 'node:path'
import { watch } from 'chokidar'
import { writeMigrations } from '../../scripts/db_build.ts'
import type { Stack } from '../stack.ts'
import { StackError } from '../stack_error.ts'
import { type CliOptions, projectFolder } from './options.ts'
import { start } from './start.ts'

const quietMs = 200

/** Starts the stack and follows the files: functions reload, changed SQL is built and applied. */
export async function dev(options: CliOptions): Promise<void> {
  await writeMigrations()
  await start(options, { watch: true, onStarted: followSchemas })
}

/** @returns ends the following, when what is being applied is done */
function followSchemas(stack: Stack): () => Promise<void> {
  const folder = join(projectFolder, 'supabase', 'schemas')
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  const apply = async () => {
    try {
      await writeMigrations()
      await stack.migrate()
      console.log('Database is up to date with supabase/schemas.')
    } catch (error) {
      // A half-typed statement must not end the session: say it and wait for the next save.
      console.error(error instanceof StackError ? `${error.message}\n${error.hint}` : error)
    }
  }
  const watcher = watch(folder, { ignoreInitial: true }).on('all', () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      running = running.then(apply)
    }, quietMs)
  })
  return async () => {
    clearTimeout(timer)
    await watcher.close()
    await running
  }
}
