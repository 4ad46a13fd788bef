import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError, readEnv } from '../../../supabase/functions/_shared/runtime/mod.ts'

const local = { SUPABASE_URL: 'http://127.0.0.1:54321', SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}' }
const hosted = {
  SUPABASE_URL: 'https://example.supabase.co',
  SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
  ATRIUM_ENV: 'production',
  MAIL_PROVIDER: 'postmark',
  MAIL_FROM: 'Atrium <no-reply@atrium.example>',
  POSTMARK_SERVER_TOKEN: 'token',
  SEND_EMAIL_HOOK_SECRET: 'v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
}

function problems(source: Record<string, string>): ConfigurationError {
  try {
    readEnv(source)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('The settings were accepted')
}

describe('reading the settings', () => {
  it('[PLT-32] needs nothing but the platform on this machine, which is a development installation', () => {
    expect(readEnv(local)).toMatchObject({
      ATRIUM_ENV: 'development',
      PUBLIC_URL: 'http://127.0.0.1:54321',
      MAIL_PROVIDER: 'smtp',
      SMTP_HOST: '127.0.0.1',
      SMTP_PORT: 54325,
    })
  })

  it('[SEC-15] reads the origins that may call from a browser, and refuses what is none', () => {
    expect(readEnv(local).CORS_ALLOWED_ORIGINS).toEqual(['*'])
    expect(readEnv(hosted).CORS_ALLOWED_ORIGINS).toEqual([])
    const listed = 'https://app.example, http://localhost:3000/'
    expect(readEnv({ ...hosted, CORS_ALLOWED_ORIGINS: listed }).CORS_ALLOWED_ORIGINS).toEqual([
      'https://app.example',
      'http://localhost:3000',
    ])
    for (const wrong of ['app.example', 'https://app.example/path', 'https://*.example', 'null', '*']) {
      expect(problems({ ...hosted, CORS_ALLOWED_ORIGINS: wrong }).variables, wrong).toEqual(['CORS_ALLOWED_ORIGINS'])
    }
  })

  it.each(['development', 'staging', 'production'])('[PLT-32] knows the %s installation', (name) => {
    expect(readEnv({ ...hosted, ATRIUM_ENV: name }).ATRIUM_ENV).toBe(name)
  })

  it.each(['SUPABASE_URL', 'PUBLIC_URL'])('[SEC-16] refuses a hosted installation whose %s is not https', (name) => {
    expect(problems({ ...hosted, [name]: 'http://api.example.com' }).message).toContain(
      `- ${name} must start with https in ${hosted.ATRIUM_ENV}`,
    )
    expect(readEnv({ ...local, PUBLIC_URL: 'http://127.0.0.1:54321' }).PUBLIC_URL).toBe('http://127.0.0.1:54321')
  })

  it('[A11-09] opens addresses of our own network to outgoing requests in development alone', () => {
    const OUTGOING_ALLOWED_HOSTS = '127.0.0.1:54324,sandbox:80'
    expect(readEnv(local).OUTGOING_ALLOWED_HOSTS).toEqual([])
    expect(readEnv({ ...local, OUTGOING_ALLOWED_HOSTS }).OUTGOING_ALLOWED_HOSTS).toEqual([
      '127.0.0.1:54324',
      'sandbox:80',
    ])
    for (const ATRIUM_ENV of ['staging', 'production']) {
      expect(problems({ ...hosted, ATRIUM_ENV, OUTGOING_ALLOWED_HOSTS }).variables).toEqual(['OUTGOING_ALLOWED_HOSTS'])
    }
    expect(problems({ ...local, OUTGOING_ALLOWED_HOSTS: 'http://127.0.0.1' }).variables).toEqual([
      'OUTGOING_ALLOWED_HOSTS',
    ])
  })

  it('[PLT-32] never takes a hosted installation for one of development', () => {
    const { ATRIUM_ENV: _, ...rest } = hosted
    expect(problems(rest).variables).toEqual(['ATRIUM_ENV'])
    expect(problems({ ...hosted, ATRIUM_ENV: 'prod' }).message).toContain(
      '- ATRIUM_ENV must be "development", "staging" or "production"',
    )
  })

  it('[PLT-33] names every variable that is missing, at once', () => {
    expect(problems({ ATRIUM_ENV: 'production' }).message).toContain('- SUPABASE_URL is missing')
    const { message, variables } = problems({
      SUPABASE_URL: 'https://example.supabase.co',
      ATRIUM_ENV: 'staging',
      MAIL_PROVIDER: 'postmark',
    })
    expect(variables).toEqual(['MAIL_FROM', 'SEND_EMAIL_HOOK_SECRET', 'POSTMARK_SERVER_TOKEN', 'SUPABASE_SECRET_KEYS'])
    expect(message).toContain('- POSTMARK_SERVER_TOKEN is missing: MAIL_PROVIDER is "postmark"')
  })

  it.each([
    ['SUPABASE_URL', 'ftp://x', 'must be an http or https URL'],
    ['SMTP_PORT', 'many', 'must be a port number'],
    ['SMTP_SECURE', 'maybe', 'must be "true" or "false"'],
    ['MAIL_FROM', 'nobody', 'must be an address or "Name <address>"'],
    ['SUPABASE_SECRET_KEYS', 'sb_secret_x', 'must be a JSON object of key names and keys'],
    ['SEND_EMAIL_HOOK_SECRET', 'abc', 'must look like "v1,whsec_<base64>"'],
  ])('[PLT-33] says what %s must be', (variable, value, message) => {
    expect(problems({ ...local, [variable]: value, ATRIUM_ENV: 'development' }).message).toContain(
      `- ${variable} ${message}`,
    )
  })

  it('[PLT-33] refuses the ports that hosted functions cannot reach', () => {
    const smtp = { ...hosted, MAIL_PROVIDER: 'smtp', SMTP_HOST: 'smtp.example.com' }
    for (const port of ['25', '587']) expect(problems({ ...smtp, SMTP_PORT: port }).variables).toEqual(['SMTP_PORT'])
    expect(readEnv({ ...smtp, SMTP_PORT: '465' }).SMTP_PORT).toBe(465)
  })

  it('counts an empty variable as missing', () => {
    expect(readEnv({ ...local, MAIL_FROM: '', SMTP_PORT: '' }).SMTP_PORT).toBe(54325)
  })

  it('never repeats the value of a secret', () => {
    const secret = 'sb_secret_very_private'
    expect(problems({ ...local, SUPABASE_SECRET_KEYS: secret }).message).not.toContain(secret)
  })
})

describe('the settings of a running function', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.unstubAllEnvs()
    vi.resetModules()
  })

  it('are checked once and kept, but not before they are valid', async () => {
    vi.stubGlobal('Deno', {})
    vi.resetModules()
    const { readEnv: readOwn } = await import('../../../supabase/functions/_shared/runtime/env.ts')
    vi.stubEnv('SUPABASE_URL', 'nowhere')
    expect(() => readOwn()).toThrow('SUPABASE_URL')
    for (const [name, value] of Object.entries(local)) vi.stubEnv(name, value)
    expect(readOwn()).toBe(readOwn())
    expect(readOwn(hosted).ATRIUM_ENV).toBe('production')
    expect(readOwn().ATRIUM_ENV).toBe('development')
  })
})
