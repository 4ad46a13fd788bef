import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCli } from '../local/postgres/migrations.ts'
import { withFreshDatabase } from './fresh_database.ts'

const file = join(import.meta.dirname, '..', 'types', 'database.ts')
/** Types of the API's schemas, exactly as the supabase CLI writes them. @param url a database with the migrations applied */
export async function generateTypes(url: string): Promise<string> {
  const { code, stdout, output } = await runCli(['gen', 'types', `--remote=${url}`])
  if (code !== 0) throw new Error(`supabase gen types failed: ${output}`)
  return stdout
}

if (import.meta.main) {
  const generated = await withFreshDatabase((url) => generateTypes(url))
  if (process.argv.includes('--check')) {
    if ((await readFile(file, 'utf8').catch(() => '')) !== generated) {
      console.error('types/database.ts is not what the migrations give. Run "npm run types" and commit the result.')
      process.exitCode = 1
    }
  } else {
    await writeFile(file, generated)
    console.log('Wrote types/database.ts')
  }
}
