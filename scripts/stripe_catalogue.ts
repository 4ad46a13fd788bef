import { createClient } from '@supabase/supabase-js'
import { projectFolder, readOptions } from '../local/cli/options.ts'
import { readState } from '../local/cli/state.ts'
import { readProject } from '../local/config.ts'
import { loadSecrets } from '../local/secrets.ts'
import { localDefaults } from '../local/stack.ts'
import { type CatalogueStep, syncCatalogue } from '../supabase/functions/_shared/billing/mod.ts'
import type { StripeEnv } from '../supabase/functions/_shared/providers/payments/mod.ts'
import { createStripeCatalogue } from '../supabase/functions/_shared/providers/payments/stripe_catalogue.ts'
import { readCommand } from './read_command.ts'

// `npm run stripe:catalogue [-- --dry-run]`: gives Stripe the plans, packs, prices and tax rates of the database, or tells
// what it would do. Works on the running stack and its sandbox, or on the project that SUPABASE_URL, SUPABASE_SECRET_KEY and
// STRIPE_SECRET_KEY name. The backend does the same by itself after every change.

interface Target {
  readonly url: string
  readonly key: string
  readonly env: StripeEnv
}

async function targetOf(stackOptions: readonly string[]): Promise<Target | null> {
  const { SUPABASE_URL: url, SUPABASE_SECRET_KEY: key } = process.env
  if (url && key) return { url, key, env: stripeEnvOf(process.env) }
  const { dataFolder, ports } = readOptions(stackOptions)
  const running = await readState(dataFolder)
  if (!running) return null
  const secrets = await loadSecrets(dataFolder)
  const { environment } = await readProject(projectFolder, {
    // The ports it runs on, whatever base it was started with.
    defaults: localDefaults(secrets, { ...ports, sandbox: Number(new URL(running.sandboxUrl).port) }),
    apiUrl: running.apiUrl,
    sandboxUrl: running.sandboxUrl,
  })
  return { url: running.apiUrl, key: secrets.keys.secretKey, env: stripeEnvOf(environment) }
}

const stripeEnvOf = (variables: Readonly<Record<string, string | undefined>>): StripeEnv => ({
  STRIPE_SECRET_KEY: variables.STRIPE_SECRET_KEY,
  STRIPE_API_URL: variables.STRIPE_API_URL ?? 'https://api.stripe.com',
})

/** What was done, for people: one line for each step. */
export function describeSteps(steps: readonly CatalogueStep[], { isDryRun }: { isDryRun: boolean }): string {
  if (steps.length === 0) return 'Stripe has the catalogue as it is.'
  const lines = steps.map(
    ({ action, object, id, name, providerId }) =>
      `${action.padEnd(8)} ${object.padEnd(9)} ${name} (${providerId ?? id})`,
  )
  return [...lines, `${steps.length} ${isDryRun ? 'steps would be taken.' : 'steps taken.'}`].join('\n')
}

const usage = `npm run stripe:catalogue                 gives Stripe the plans, packs, prices and tax rates
npm run stripe:catalogue -- --dry-run    lists what would be done
  --data-dir D    of the stack`

if (import.meta.main) {
  const values = readCommand(usage, { 'dry-run': { type: 'boolean', default: false }, 'data-dir': { type: 'string' } })
  if (values) await main(values)
}

async function main(values: { readonly 'dry-run': boolean; readonly 'data-dir'?: string }): Promise<void> {
  const isDryRun = values['dry-run']
  const target = await targetOf(values['data-dir'] ? ['--data-dir', values['data-dir']] : [])
  if (!target) {
    console.error(
      'No stack is running. Run "npm start", or set SUPABASE_URL, SUPABASE_SECRET_KEY and STRIPE_SECRET_KEY.',
    )
    process.exitCode = 1
  } else {
    const db = createClient(target.url, target.key, { auth: { persistSession: false, autoRefreshToken: false } })
    const provider = createStripeCatalogue(target.env, new AbortController().signal)
    console.log(describeSteps(await syncCatalogue({ db, provider }, { isDryRun }), { isDryRun }))
  }
}
