import {
  ConfigurationError,
  platformVariables,
  readEnv,
  replacedVariables,
  variableGroups,
} from '../../supabase/functions/_shared/runtime/mod.ts'
import { type Finding, fail, type Installation, ok, skip, warn } from './check.ts'

const howToSet = (installation: Installation, variable: string) =>
  installation.isHosted ? `supabase secrets set ${variable}=...` : `Set ${variable} in .env (see docs/configuration.md)`

/** Whether the functions' variables are complete and well formed, and the keys of the right kind. */
export function checkEnvironment(installation: Installation): Finding[] {
  return [...checkVariables(installation), ...checkKeys(installation)]
}

function checkVariables(installation: Installation): Finding[] {
  const { environment, isHosted } = installation
  if (!environment) {
    const fix = 'Name the file that was given to "supabase secrets set": --env-file <file>'
    return [skip('environment', 'Hosted secrets cannot be read back, so the variables are not known', fix)]
  }
  const findings: Finding[] = []
  for (const [variable, instead] of Object.entries(replacedVariables)) {
    if (environment[variable]) findings.push(warn(`environment ${variable}`, 'Is not read', `Remove it: ${instead}`))
  }
  if (isHosted) {
    for (const variable of Object.keys(environment).filter((name) => name.startsWith('SUPABASE_'))) {
      const fix = 'Remove it from the file: the platform sets it, and "supabase secrets set" skips such names'
      findings.push(warn(`environment ${variable}`, 'Is a reserved name', fix))
    }
  }
  // What the platform adds by itself.
  const platform = Object.fromEntries(platformVariables.map((name) => [name, undefined]))
  const given = {
    ...environment,
    ...platform,
    SUPABASE_URL: installation.apiUrl,
    SUPABASE_SECRET_KEYS:
      environment.SUPABASE_SECRET_KEYS ?? JSON.stringify({ default: installation.secretKey ?? '-' }),
  }
  try {
    const env = readEnv(given)
    findings.push(ok('environment', `The variables of the functions are complete for ${env.ATRIUM_ENV}`))
    if (isHosted && env.ATRIUM_ENV === 'development') {
      const fix = howToSet(installation, 'ATRIUM_ENV')
      findings.push(
        warn('environment ATRIUM_ENV', 'Is "development" on an installation that is not on this machine', fix),
      )
    }
    if (!env.VIRUS_SCANNER) {
      const fix = howToSet(installation, 'VIRUS_SCANNER')
      findings.push(warn('environment VIRUS_SCANNER', 'Is not set: uploads stay in quarantine for ever', fix))
    }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    for (const line of error.message.split('\n- ').slice(1)) {
      const [variable = '', ...words] = line.split(' ')
      findings.push(fail(`environment ${variable}`, words.join(' '), howToSet(installation, variable)))
    }
  }
  const missing = variableGroups.filter(
    ({ variables }) =>
      variables.every(({ needed }) => needed === 'for the provider') &&
      variables.every(({ name }) => !environment[name]),
  )
  if (missing.length > 0) {
    const titles = missing.map(({ title }) => title).join('; ')
    findings.push(ok('environment providers', `Without (nothing set): ${titles}`))
  }
  return findings
}

function checkKeys({ secretKey, publishableKey }: Installation): Finding[] {
  const find = 'Copy it from "npm run status", or from Project Settings, API keys'
  const kinds = [
    { check: 'secret key', key: secretKey, prefix: 'sb_secret_', variable: 'SUPABASE_SECRET_KEY' },
    { check: 'publishable key', key: publishableKey, prefix: 'sb_publishable_', variable: 'SUPABASE_PUBLISHABLE_KEY' },
  ] as const
  return kinds.map(({ check, key, prefix, variable }) => {
    if (!key) return skip(check, 'Was not given, so what needs it is not checked', `Set ${variable}. ${find}`)
    if (key.startsWith(prefix)) return ok(check, `Has the form ${prefix}...`)
    if (key.startsWith('eyJ')) {
      return warn(check, 'Is one of the legacy keys', 'Make new API keys and disable the legacy ones')
    }
    return fail(check, `Does not start with ${prefix}`, `Set ${variable} to the right key. ${find}`)
  })
}
