import { isAbsolute, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { LogFormat } from '../logger.ts'
import { defaultPortBase, portsFor, type StackPorts } from '../ports.ts'
import { StackError } from '../stack_error.ts'

/** Folder of the checkout this file belongs to. */
export const projectFolder = join(import.meta.dirname, '..', '..')

/** What a command of the stack was told. */
export interface CliOptions {
  readonly ports: StackPorts
  readonly portBase: number
  readonly dataFolder: string
  /** Return when all is ready and leave the stack running. */
  readonly detach: boolean
  /** Refuse to rebuild a database whose applied migrations changed. */
  readonly keep: boolean
  /** Do not load demo data. */
  readonly withoutSeed: boolean
  /** Do not ask. */
  readonly yes: boolean
  readonly verbose: boolean
  readonly logFormat: LogFormat
  /** Print `NAME=value` lines instead of text for people. */
  readonly asEnv: boolean
  /** Database whose jobs the sandbox shows when it runs alone; `supabase start`'s when left out. */
  readonly databaseUrl: string
  /** Address the sandbox listens on when it runs alone; containers reach it on another than loopback. */
  readonly host: string
}

/**
 * Reads a command's flags. `ATRIUM_PORT_BASE` and `ATRIUM_DATA_DIR` stand in for the flags of the same name.
 *
 * @throws {StackError} `option_invalid`
 */
export function readOptions(parameters: readonly string[]): CliOptions {
  const values = parse(parameters)
  const portBase = Number(values['port-base'] ?? process.env.ATRIUM_PORT_BASE ?? defaultPortBase)
  if (!Number.isInteger(portBase) || portBase < 1024 || portBase > 65531) {
    throw new StackError('option_invalid', `--port-base ${values['port-base']} is not a port`, {
      hint: 'Give a number from 1024 to 65531; the stack uses it and the four after it',
    })
  }
  const folder = values['data-dir'] ?? process.env.ATRIUM_DATA_DIR ?? '.local/stack'
  return {
    portBase,
    ports: portsFor(portBase),
    dataFolder: isAbsolute(folder) ? folder : join(projectFolder, folder),
    detach: values.detach ?? false,
    keep: values.keep ?? false,
    withoutSeed: values['no-seed'] ?? false,
    yes: values.yes ?? false,
    verbose: values.verbose ?? false,
    logFormat: values['log-format'] === 'json' ? 'json' : 'text',
    asEnv: values.env ?? false,
    databaseUrl: values['db-url'] ?? `postgresql://postgres:postgres@127.0.0.1:${portsFor(portBase).postgres}/postgres`,
    host: values.host ?? '127.0.0.1',
  }
}

function parse(parameters: readonly string[]) {
  try {
    return parseArgs({
      args: [...parameters],
      options: {
        'port-base': { type: 'string' },
        'data-dir': { type: 'string' },
        detach: { type: 'boolean' },
        keep: { type: 'boolean' },
        'no-seed': { type: 'boolean' },
        yes: { type: 'boolean', short: 'y' },
        verbose: { type: 'boolean', short: 'v' },
        'log-format': { type: 'string' },
        env: { type: 'boolean' },
        host: { type: 'string' },
        'db-url': { type: 'string' },
      },
    }).values
  } catch (cause) {
    throw new StackError('option_invalid', cause instanceof Error ? cause.message : String(cause), {
      hint: 'Known options: --port-base N, --data-dir D, --detach, --keep, --no-seed, --yes, --verbose, --log-format json, --env, --host H',
    })
  }
}
