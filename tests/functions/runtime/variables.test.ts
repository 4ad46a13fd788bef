import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { envDocuments } from '../../../scripts/env_docs.ts'
import {
  ConfigurationError,
  envVariables,
  platformVariables,
  readEnv,
  replacedVariables,
  variableGroups,
} from '../../../supabase/functions/_shared/runtime/mod.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const registered = variableGroups.flatMap(({ variables }) => variables)
const hosted = {
  SUPABASE_URL: 'https://example.supabase.co',
  SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
  ATRIUM_ENV: 'production',
  MAIL_PROVIDER: 'postmark',
  MAIL_FROM: 'Atrium <no-reply@atrium.example>',
  POSTMARK_SERVER_TOKEN: 'token',
  SEND_EMAIL_HOOK_SECRET: 'v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
}

function problemsOf(source: Readonly<Record<string, string>>): string {
  try {
    readEnv(source)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
  return ''
}

describe('the register of variables', () => {
  it('[DEP-25] knows every variable that the functions read, and each once', () => {
    const names = registered.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const functions = registered.filter(({ readers }) => readers.includes('functions')).map(({ name }) => name)
    const read = envVariables.filter((name) => !platformVariables.includes(name))
    expect(read.sort()).toEqual(functions.sort())
    for (const name of names) expect(replacedVariables).not.toHaveProperty(name)
  })

  it('[DEP-25] knows every variable that config.toml refers to', async () => {
    const config = await readFile(join(root, 'supabase', 'config.toml'), 'utf8')
    const asked = [...config.matchAll(/env\((\w+)\)/g)].map(([, name]) => name)
    expect(asked.length).toBeGreaterThan(5)
    const known = registered.filter(({ readers }) => readers.includes('auth') || readers.includes('vault'))
    expect(known.map(({ name }) => name)).toEqual(expect.arrayContaining(asked))
  })

  it.each(envDocuments)('[DEP-25] is what $file says', async ({ file, text }) => {
    expect(await readFile(join(root, file), 'utf8'), 'run "npm run docs:env"').toBe(text())
  })

  it('is asked for no more than a hosted installation needs', () => {
    const needed = registered.filter((variable) => variable.needed === 'hosted').map(({ name }) => name)
    for (const name of needed) expect(problemsOf({ ...hosted, [name]: '' }), name).toContain(`- ${name} is missing`)
    expect(problemsOf(hosted)).toBe('')
  })
})

describe('the settings of providers', () => {
  it.each([
    ['[DEP-20] Stripe', { STRIPE_SECRET_KEY: 'sk_live_x' }, ['STRIPE_WEBHOOK_SECRET is missing']],
    [
      '[DEP-20] Stripe',
      { STRIPE_SECRET_KEY: 'pk_live_x', STRIPE_WEBHOOK_SECRET: 'secret' },
      ['STRIPE_SECRET_KEY must start with sk_test_', 'STRIPE_WEBHOOK_SECRET must start with "whsec_"'],
    ],
    [
      '[DEP-20] Stripe',
      { STRIPE_SECRET_KEY: 'sk_test_x', STRIPE_WEBHOOK_SECRET: 'whsec_x' },
      ['STRIPE_SECRET_KEY is a test key'],
    ],
    [
      '[DEP-21] Unipile',
      { UNIPILE_API_KEY: 'key', UNIPILE_API_URL: 'api1' },
      ['UNIPILE_API_URL must be an http or https URL', 'UNIPILE_WEBHOOK_SECRET is missing'],
    ],
    [
      '[DEP-21] Unipile',
      { UNIPILE_API_KEY: 'key' },
      ['UNIPILE_API_URL is missing', 'UNIPILE_WEBHOOK_SECRET is missing'],
    ],
    [
      '[DEP-22] WhatsApp',
      { WHATSAPP_ACCESS_TOKEN: 'token' },
      ['WHATSAPP_PHONE_NUMBER_ID is missing', 'WHATSAPP_APP_SECRET is missing', 'WHATSAPP_VERIFY_TOKEN is missing'],
    ],
    ['[DEP-22] SendGrid', { SENDGRID_API_KEY: 'key' }, ['SENDGRID_API_KEY must start with "SG."']],
    ['[DEP-23] Sentry', { SENTRY_DSN: 'dsn' }, ['SENTRY_DSN must be an http or https URL']],
    [
      '[DEP-23] the environment',
      { ATRIUM_ENV: 'prod' },
      ['ATRIUM_ENV must be "development", "staging" or "production"'],
    ],
  ])('[PLT-33] of %s are told to be missing or malformed: %o', (_provider, given, wanted) => {
    const message = problemsOf({ ...hosted, ...given })
    for (const part of wanted) expect(message).toContain(`- ${part}`)
    expect(message.split('\n- ')).toHaveLength(wanted.length + 1)
  })

  it('[DEP-20] [DEP-21] [DEP-22] [DEP-23] are taken when they are whole', () => {
    const whole = {
      STRIPE_SECRET_KEY: 'sk_live_x',
      STRIPE_WEBHOOK_SECRET: 'whsec_x',
      UNIPILE_API_KEY: 'key',
      UNIPILE_API_URL: 'https://api1.unipile.com:13111',
      UNIPILE_WEBHOOK_SECRET: 'sixteen-characters',
      SENDGRID_API_KEY: 'SG.x',
      WHATSAPP_ACCESS_TOKEN: 'token',
      WHATSAPP_PHONE_NUMBER_ID: '106540352242922',
      WHATSAPP_APP_SECRET: 'secret',
      WHATSAPP_VERIFY_TOKEN: 'sixteen-characters',
      SENTRY_DSN: 'https://key@o1.ingest.sentry.io/1',
    }
    expect(readEnv({ ...hosted, ...whole })).toMatchObject(whole)
  })

  it('[DEP-20] refuses a live Stripe key outside production', () => {
    const keys = { STRIPE_SECRET_KEY: 'rk_live_x', STRIPE_WEBHOOK_SECRET: 'whsec_x' }
    expect(problemsOf({ ...hosted, ...keys, ATRIUM_ENV: 'staging' })).toContain('- STRIPE_SECRET_KEY is a live key')
  })

  it('[DEP-22] [DEP-23] [DEP-24] stand for what former systems read', () => {
    expect(Object.keys(replacedVariables)).toEqual(
      expect.arrayContaining(['REDIS_URL', 'UPLOAD_PATH', 'ENVIRONMENT', 'PORT', 'DB_HOST', 'DB_PASSWORD']),
    )
  })
})
