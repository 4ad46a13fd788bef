import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authSection, createAuthService } from '../../../local/auth/mod.ts'
import { startGateway } from '../../../local/gateway.ts'
import { createLogger, silentLogger } from '../../../local/logger.ts'
import { freePorts } from '../../../local/ports.ts'
import { createKeys, createTokens } from '../../../local/tokens.ts'
import { type AuthStack, confirmedPerson, errorOf, newEmail, password, startAuthStack } from './auth_stack.ts'

describe('faults', () => {
  let stack: AuthStack
  beforeAll(async () => {
    stack = await startAuthStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  it('recovers when Postgres ends its connections', async () => {
    const { client } = await confirmedPerson(stack)
    await stack.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where usename = 'supabase_auth_admin' and datname = current_database()`
    const ask = () => client.auth.getUser()
    await expect.poll(async () => (await ask()).error, { timeout: 25_000 }).toBeNull()
  })

  it('tells clients of its first API version, and no others, what a trigger of the project refused', async () => {
    await stack.sql
      .unsafe(`
        create function auth.refuse() returns trigger language plpgsql as $$
        begin raise exception 'Not today' using errcode = 'PT409', hint = 'Tomorrow'; end $$;
        create trigger refuse before update of encrypted_password on auth.users
          for each row when (new.encrypted_password is distinct from old.encrypted_password) execute function auth.refuse();`)
      .simple()
    try {
      const { client } = await confirmedPerson(stack)
      const { data } = await client.auth.getSession()
      const headers = { authorization: `Bearer ${data.session?.access_token}` }
      const refused = await stack.request('/user', { method: 'PUT', headers, json: { password: 'Another-horse-2' } })
      expect([refused.status, await refused.json()]).toEqual([
        409,
        { code: 'PT409', message: 'Not today', hint: 'Tomorrow' },
      ])
      expect((await client.auth.updateUser({ password: 'Another-horse-2' })).error).toMatchObject({
        message: 'Error during password storage',
        status: 500,
      })
    } finally {
      await stack.sql.unsafe('drop function auth.refuse() cascade')
    }
  })

  it('reads a body of at most 1 MB', async () => {
    const response = await stack.request('/signup', { json: { email: newEmail(), password: 'x'.repeat(8_000_000) } })
    expect(await errorOf(response)).toBe('413 bad_json')
    expect((await stack.request('/health')).status).toBe(200)
  })

  it.each(['null', '[]', '"text"', '', '{"email":{}}', '{"data":[1]}'])(
    'answers the body %s with an error',
    async (body) => {
      for (const path of ['/signup', '/otp', '/verify', '/recover', '/resend', '/token?grant_type=password']) {
        const response = await stack.request(path, { method: 'POST', body })
        expect(response.status, path).toBeLessThan(500)
        expect(response.status, path).toBeGreaterThanOrEqual(400)
      }
    },
  )
})

it('answers 503 while Postgres is away', async () => {
  const [port = 0] = await freePorts(1)
  const lines: string[] = []
  const keys = await createKeys()
  const tokens = await createTokens(keys)
  const service = await createAuthService({
    databaseUrl: `postgresql://supabase_auth_admin:postgres@127.0.0.1:${port}/postgres`,
    config: authSection.parse({}),
    tokens,
    publicUrl: 'http://127.0.0.1:54321',
    smtp: { host: '127.0.0.1', port },
    logger: createLogger({ level: 'debug', write: (line) => lines.push(line) }),
  })
  const mounts = [{ prefix: '/auth/v1', service, isOpen: () => true }]
  const gateway = await startGateway({ port: 0, host: '127.0.0.1', keys, tokens, mounts, logger: silentLogger })
  try {
    const response = await fetch(`http://127.0.0.1:${gateway.port}/auth/v1/token?grant_type=password`, {
      method: 'POST',
      body: JSON.stringify({ email: 'ada@example.com', password }),
    })
    expect(await errorOf(response)).toBe('503 unexpected_failure')
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toContain('ada@example.com')
  } finally {
    await gateway.close()
    await service.close()
  }
})

it('keeps no user when the confirmation cannot be sent', async () => {
  await using stack = await startAuthStack({ config: { email: { enable_confirmations: true, smtp: deadServer } } })
  const response = await stack.request('/signup', { json: { email: 'ada@example.com', password } })
  expect(await response.json()).toEqual({
    code: 500,
    error_code: 'unexpected_failure',
    msg: 'Error sending confirmation email',
  })
  expect(await stack.sql`select 1 from auth.users where email = 'ada@example.com'`).toHaveLength(0)
})

const deadServer = { enabled: true, host: '127.0.0.1', port: 1, user: 'u', pass: 'p', admin_email: 'a@example.com' }
