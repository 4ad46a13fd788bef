import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { checkedEnvironment } from '../../../supabase/functions/_shared/http/checked_environment.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'

/** An endpoint that was loaded with an environment, and what it logged then. */
function load(environment: Readonly<Record<string, string>>) {
  const lines: string[] = []
  const app = new Hono<{ Variables: never }>()
  app.onError((error) => Response.json(error, { status: Reflect.get(error, 'status') }))
  app.use(
    checkedEnvironment(
      createLogger('test', (_level, line) => lines.push(line)),
      environment,
    ),
  )
  app.get('/', (c) => c.text('fine'))
  return { lines, ask: () => app.request('/') }
}

it('[PLT-33] [DEP-20] says at its start what a function lacks, by name and without values, and answers 503', async () => {
  const { lines, ask } = load({
    SUPABASE_URL: 'https://example.supabase.co',
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
    ATRIUM_ENV: 'staging',
    MAIL_FROM: 'Atrium <no-reply@atrium.example>',
    STRIPE_SECRET_KEY: 'very-secret',
  })
  expect(lines, 'before the first request').toHaveLength(1)
  for (const part of [
    'configuration_invalid',
    'MAIL_PROVIDER is missing',
    'SEND_EMAIL_HOOK_SECRET',
    'STRIPE_SECRET_KEY must',
  ]) {
    expect(lines[0]).toContain(part)
  }
  expect(lines[0]).not.toContain('very-secret')
  const answer = await ask()
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ code: 'configuration_invalid' })
})

it('[PLT-33] lets a function answer whose environment is complete, and one that is loaded without a platform', async () => {
  const complete = { SUPABASE_URL: 'http://127.0.0.1:54321', SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}' }
  for (const environment of [complete, {}]) {
    const { lines, ask } = load(environment)
    expect(lines).toEqual([])
    expect(await (await ask()).text()).toBe('fine')
  }
})
