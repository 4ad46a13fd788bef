import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type { Database } from '../../types/database.ts'
import { testStack } from './stack.ts'

/** The Supabase backend that an end-to-end test talks to. */
export interface TestTarget {
  readonly apiUrl: string
  readonly publishableKey: string
  readonly secretKey: string
  /** Connection as `postgres`; null where the tests were given none. */
  readonly databaseUrl: string | null
  /** The inbox that catches the target's mail; null where there is none. */
  readonly sandboxUrl: string | null
  /** A client of a person who is not signed in. */
  client(): SupabaseClient<Database>
  /** A client with the secret key. */
  adminClient(): SupabaseClient<Database>
  [Symbol.asyncDispose](): Promise<void>
}

/** Variables that point the end-to-end tests at a running backend instead of a stack of their own. */
const variables = {
  apiUrl: 'ATRIUM_TEST_URL',
  publishableKey: 'ATRIUM_TEST_PUBLISHABLE_KEY',
  secretKey: 'ATRIUM_TEST_SECRET_KEY',
  databaseUrl: 'ATRIUM_TEST_DATABASE_URL',
  sandboxUrl: 'ATRIUM_TEST_SANDBOX_URL',
} as const

const given = (name: keyof typeof variables): string | null => process.env[variables[name]] || null

/** What a target lacks, known before a test starts, so that a test can be skipped with the reason in its name. */
export const lacks = {
  /** No inbox to read mails from. */
  sandbox: given('apiUrl') !== null && given('sandboxUrl') === null,
  /** No SQL connection. */
  database: given('apiUrl') !== null && given('databaseUrl') === null,
}

/** The backend that the environment names, or a stack of this test file. @throws {Error} naming a missing variable */
export async function testTarget(): Promise<TestTarget> {
  const apiUrl = given('apiUrl')
  const target = apiUrl === null ? await ownStack() : running(apiUrl)
  const clientWith = (key: string) =>
    createClient<Database>(target.apiUrl, key, { auth: { persistSession: false, autoRefreshToken: false } })
  return {
    ...target,
    client: () => clientWith(target.publishableKey),
    adminClient: () => clientWith(target.secretKey),
  }
}

type Reached = Omit<TestTarget, 'client' | 'adminClient'>

async function ownStack(): Promise<Reached> {
  const stack = await testStack()
  return {
    apiUrl: stack.apiUrl,
    publishableKey: stack.secrets.keys.publishableKey,
    secretKey: stack.secrets.keys.secretKey,
    databaseUrl: stack.database.url,
    sandboxUrl: stack.sandboxUrl,
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  }
}

function running(apiUrl: string): Reached {
  const [publishableKey, secretKey] = [given('publishableKey'), given('secretKey')]
  if (!publishableKey || !secretKey) {
    throw new Error(`${variables.apiUrl} needs ${variables.publishableKey} and ${variables.secretKey} beside it`)
  }
  return {
    apiUrl: apiUrl.replace(/\/+$/, ''),
    publishableKey,
    secretKey,
    databaseUrl: given('databaseUrl'),
    sandboxUrl: given('sandboxUrl'),
    [Symbol.asyncDispose]: async () => {},
  }
}
