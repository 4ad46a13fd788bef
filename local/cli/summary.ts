import type { StackSecrets } from '../secrets.ts'
import type { Stack } from '../stack.ts'

/** Where a running stack is and what opens it. */
export interface StackPlaces {
  readonly apiUrl: string
  readonly databaseUrl: string
  readonly sandboxUrl: string
  readonly functions: readonly string[]
  readonly keys: StackSecrets['keys']
}

/** The places of a stack that runs in this process. */
export function placesOf({ services, secrets, postgres }: Stack): StackPlaces {
  return {
    apiUrl: services.apiUrl,
    databaseUrl: postgres.url('postgres', 'postgres'),
    sandboxUrl: services.sandboxUrl,
    functions: services.functions,
    keys: secrets.keys,
  }
}

/** What a person wants to know when a stack is ready: where things are, with which keys, as whom. */
export function describeStack({ apiUrl, databaseUrl, sandboxUrl, functions, keys }: StackPlaces): string {
  const rows: [string, string][] = [
    ['API', apiUrl],
    ['  tables', `${apiUrl}/rest/v1/`],
    ['  functions', functions.map((name) => `${apiUrl}/functions/v1/${name}`).join('\n')],
    ['API document', `${apiUrl}/docs/`],
    ['Database', databaseUrl],
    ['Sandbox', `${sandboxUrl}  (every mail and message the stack sends)`],
    ['', ''],
    ['Publishable key', keys.publishableKey],
    ['Secret key', keys.secretKey],
    ['anon key', keys.anonKey],
    ['service_role key', keys.serviceRoleKey],
    ['', ''],
    ['Demo accounts', demoAccounts.join('\n')],
  ]
  const width = Math.max(...rows.map(([label]) => label.length)) + 2
  const lines = rows.map(([label, value]) =>
    `${label.padEnd(width)}${value.replaceAll('\n', `\n${' '.repeat(width)}`)}`.trimEnd(),
  )
  return lines.join('\n')
}

/** The same as lines for a shell or an env file, with the names that `supabase status -o env` gives them. */
export function envLines({ apiUrl, databaseUrl, sandboxUrl, keys }: StackPlaces): string {
  const values: Record<string, string> = {
    API_URL: apiUrl,
    REST_URL: `${apiUrl}/rest/v1`,
    FUNCTIONS_URL: `${apiUrl}/functions/v1`,
    DB_URL: databaseUrl,
    PUBLISHABLE_KEY: keys.publishableKey,
    SECRET_KEY: keys.secretKey,
    ANON_KEY: keys.anonKey,
    SERVICE_ROLE_KEY: keys.serviceRoleKey,
    SANDBOX_URL: sandboxUrl,
  }
  return Object.entries(values)
    .map(([name, value]) => `${name}="${value}"`)
    .join('\n')
}

/** People of supabase/seed.sql. Local only: production is never seeded. */
const demoAccounts = [
  'ada@atrium.test, grace@atrium.test, chidi@atrium.test, mei@atrium.test',
  'password of each: atrium-demo-1',
]
