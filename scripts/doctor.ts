import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs, parseEnv } from 'node:util'
import { readOptions } from '../local/cli/options.ts'
import { readState } from '../local/cli/state.ts'
import { readProject } from '../local/config.ts'
import { portsFor } from '../local/ports.ts'
import { loadSecrets } from '../local/secrets.ts'
import { localDefaults } from '../local/stack.ts'
import type { Installation } from './doctor/check.ts'
import { examine } from './doctor/examine.ts'
import { exitCodeOf, reportText } from './doctor/report.ts'

// `npm run doctor`: looks at a whole installation and says what to do. Changes nothing. The stack that runs on this
// machine, or another one with --url.

const usage = `Usage: npm run doctor [-- options]

Without options it looks at the stack that runs on this machine.

  --url <https://ref.supabase.co>   another installation
  --db-url <postgresql://...>       its database, as postgres; or SUPABASE_DB_URL
  --env-file <file>                 what its functions were given with "supabase secrets set"
  --data-dir <folder>               data folder of a local stack
  --json                            findings as JSON

Keys come from SUPABASE_SECRET_KEY and SUPABASE_PUBLISHABLE_KEY. Ends with 1 when anything fails.`

const projectFolder = join(import.meta.dirname, '..')

const isOnThisMachine = (url: string) => ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)

async function readEnvFile(file: string): Promise<Record<string, string>> {
  const values = Object.entries(parseEnv(await readFile(file, 'utf8')))
  return Object.fromEntries(values.flatMap(([name, value]) => (value ? [[name, value]] : [])))
}

async function localInstallation(dataDir: string | undefined): Promise<Installation | null> {
  const { dataFolder } = readOptions(dataDir ? ['--data-dir', dataDir] : [])
  const state = await readState(dataFolder)
  if (!state) return null
  const secrets = await loadSecrets(dataFolder)
  const ports = portsFor(Number(new URL(state.apiUrl).port))
  const { environment } = await readProject(projectFolder, {
    defaults: localDefaults(secrets, ports),
    apiUrl: state.apiUrl,
    sandboxUrl: state.sandboxUrl,
  })
  const { publishableKey, secretKey } = secrets.keys
  const { apiUrl, databaseUrl } = state
  return { apiUrl, databaseUrl, secretKey, publishableKey, environment, isHosted: false, projectFolder }
}

async function main(): Promise<0 | 1 | 2> {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      'db-url': { type: 'string' },
      'env-file': { type: 'string' },
      'data-dir': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help || (values.url !== undefined && !URL.canParse(values.url))) {
    console.log(usage)
    return values.help ? 0 : 2
  }
  const installation: Installation | null = values.url
    ? {
        apiUrl: values.url.replace(/\/+$/, ''),
        databaseUrl: values['db-url'] ?? process.env.SUPABASE_DB_URL ?? null,
        secretKey: process.env.SUPABASE_SECRET_KEY ?? null,
        publishableKey: process.env.SUPABASE_PUBLISHABLE_KEY ?? null,
        environment: values['env-file'] ? await readEnvFile(values['env-file']) : null,
        isHosted: !isOnThisMachine(values.url),
        projectFolder,
      }
    : await localInstallation(values['data-dir'])
  if (!installation) {
    console.error('No stack is running on this machine. Run "npm start", or name an installation with --url.')
    return 2
  }
  const findings = await examine(installation)
  console.log(values.json ? JSON.stringify({ url: installation.apiUrl, findings }, null, 2) : reportText(findings))
  return exitCodeOf(findings)
}

if (import.meta.main) process.exitCode = await main()
