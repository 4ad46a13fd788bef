import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isAlive } from '../processes.ts'

const stateSchema = z.object({
  pid: z.number().int(),
  apiUrl: z.string(),
  databaseUrl: z.string(),
  sandboxUrl: z.string(),
  functions: z.array(z.string()),
  startedAt: z.string(),
})

/** What a running stack tells about itself, in its data folder. */
export type StackState = z.infer<typeof stateSchema>

const fileOf = (dataFolder: string) => join(dataFolder, 'stack.json')

/** The stack that runs on a data folder; null when none does. */
export async function readState(dataFolder: string): Promise<StackState | null> {
  const text = await readFile(fileOf(dataFolder), 'utf8').catch(() => null)
  if (text === null) return null
  const state = stateSchema.safeParse(JSON.parse(text))
  return state.success && isAlive(state.data.pid) ? state.data : null
}

/** Says that a stack runs on the folder. */
export async function writeState(dataFolder: string, state: StackState): Promise<void> {
  await writeFile(`${fileOf(dataFolder)}.new`, JSON.stringify(state, null, 2))
  await rename(`${fileOf(dataFolder)}.new`, fileOf(dataFolder))
}

/** Says that no stack runs on the folder. */
export async function removeState(dataFolder: string): Promise<void> {
  await rm(fileOf(dataFolder), { force: true })
}
