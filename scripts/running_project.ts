import { readOptions } from '../local/cli/options.ts'
import { readState } from '../local/cli/state.ts'
import { loadSecrets } from '../local/secrets.ts'

/**
 * The project that a command works on: the one that SUPABASE_URL and SUPABASE_SECRET_KEY name, else the running stack.
 *
 * @param stackOptions such as `--data-dir <folder>`
 * @returns null when there is neither
 */
export async function runningProject(stackOptions: readonly string[]): Promise<{ url: string; key: string } | null> {
  const { SUPABASE_URL: url, SUPABASE_SECRET_KEY: key } = process.env
  if (url && key) return { url, key }
  const { dataFolder } = readOptions(stackOptions)
  const running = await readState(dataFolder)
  return running && { url: running.apiUrl, key: (await loadSecrets(dataFolder)).keys.secretKey }
}
