import { type ParseArgsConfig, parseArgs } from 'node:util'

/**
 * Reads the flags of a script. `--help` tells how it is used; so does what it does not know, which is a failure.
 *
 * @param usage one line for each way to call it
 * @returns null when there is nothing left to do
 */
export function readCommand<const Options extends NonNullable<ParseArgsConfig['options']>>(
  usage: string,
  options: Options,
  parameters: readonly string[] = process.argv.slice(2),
) {
  if (parameters.includes('--help')) {
    console.info(usage)
    return null
  }
  try {
    return parseArgs({ args: [...parameters], options }).values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exitCode = 1
    return null
  }
}
