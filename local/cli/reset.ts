import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { loadSeed } from '../postgres/migrations.ts'
import { StackError } from '../stack_error.ts'
import { type CliOptions, projectFolder } from './options.ts'
import { readState } from './state.ts'

/** Throws the data folder away: the next start makes database, keys and inbox anew. */
export async function reset(options: CliOptions): Promise<void> {
  const running = await readState(options.dataFolder)
  if (running) {
    throw new StackError('still_running', `A stack runs on ${options.dataFolder}`, { hint: 'Run "npm run stop" first' })
  }
  if (!options.yes && process.stdin.isTTY) {
    const prompt = createInterface({ input: process.stdin, output: process.stdout })
    const answer = await prompt.question(`Remove all data in ${options.dataFolder}? [y/N] `)
    prompt.close()
    if (!/^y(es)?$/i.test(answer.trim())) return
  }
  await rm(options.dataFolder, { recursive: true, force: true })
  console.log('Removed. "npm start" makes everything anew.')
}

/** Loads supabase/seed.sql into the running stack, or into `DATABASE_URL`. The file may be loaded again and again. */
export async function seed(options: CliOptions): Promise<void> {
  const url = process.env.DATABASE_URL ?? (await readState(options.dataFolder))?.databaseUrl
  if (!url) throw new StackError('not_running', 'No stack is running', { hint: 'Run "npm start", or set DATABASE_URL' })
  await loadSeed(url, projectFolder)
  console.log('Demo data is loaded.')
}
