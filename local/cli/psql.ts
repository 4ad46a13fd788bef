import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import postgres from 'postgres'
import { StackError } from '../stack_error.ts'
import { readOptions } from './options.ts'
import { readState } from './state.ts'

/**
 * Opens a SQL console on the running stack (or `DATABASE_URL`): the machine's psql, or a plain one where it has none.
 *
 * @param parameters passed on to psql; `--data-dir` chooses the stack
 */
export async function openConsole(parameters: readonly string[]): Promise<void> {
  const { own, rest } = splitParameters(parameters)
  const state = await readState(readOptions(own).dataFolder)
  const url = process.env.DATABASE_URL ?? state?.databaseUrl
  if (!url) throw new StackError('not_running', 'No stack is running', { hint: 'Run "npm start", or set DATABASE_URL' })
  if (!(await runPsql([url, ...rest]))) await plainConsole(url)
}

/** Parts what chooses the stack from what is psql's. */
function splitParameters(parameters: readonly string[]): { own: string[]; rest: string[] } {
  const own: string[] = []
  const rest: string[] = []
  for (let index = 0; index < parameters.length; index += 1) {
    const parameter = parameters[index] ?? ''
    if (parameter === '--data-dir') own.push(parameter, parameters[++index] ?? '')
    else if (parameter.startsWith('--data-dir=')) own.push(parameter)
    else rest.push(parameter)
  }
  return { own, rest }
}

/** @returns false when the machine has no psql */
async function runPsql(parameters: readonly string[]): Promise<boolean> {
  const child = spawn('psql', parameters, { stdio: 'inherit' })
  try {
    const [code] = (await once(child, 'exit')) as [number | null]
    process.exitCode = code ?? 1
    return true
  } catch {
    return false
  }
}

async function plainConsole(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: (notice) => console.log(notice.message) })
  const isTerminal = process.stdin.isTTY === true
  if (isTerminal)
    console.log('psql is not installed; a plain console. End a statement with ; and the session with Ctrl-D.')
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: isTerminal, prompt: '=> ' })
  let statement = ''
  if (isTerminal) lines.prompt()
  for await (const line of lines) {
    statement += `${line}\n`
    if (line.trimEnd().endsWith(';')) {
      await print(sql, statement)
      statement = ''
    }
    if (isTerminal) lines.prompt()
  }
  if (statement.trim() !== '') await print(sql, statement)
  await sql.end()
}

async function print(sql: postgres.Sql, statement: string): Promise<void> {
  try {
    const result = await sql.unsafe(statement)
    if (result.length > 0) console.table(result.map((row) => ({ ...row })))
    console.log(`${result.command ?? 'OK'} ${result.count ?? ''}`.trim())
  } catch (error) {
    console.error(error instanceof Error ? `ERROR: ${error.message}` : error)
    process.exitCode = 1
  }
}
