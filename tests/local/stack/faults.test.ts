import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { silentLogger } from '../../../local/logger.ts'
import { freePorts } from '../../../local/ports.ts'
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts'
import { temporaryDataFolder } from '../../../local/postgres/temporary_folder.ts'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { type Stack, startStack } from '../../../local/stack.ts'

const soon = { timeout: 60_000, interval: 100 }

describe('a stack whose Postgres goes away', { timeout: 200_000 }, () => {
  let folder: string
  let stack: Stack
  let server: PostgresServer
  beforeAll(async () => {
    folder = await temporaryDataFolder()
    const [api = 0, postgres = 0, sandbox = 0, smtp = 0, scanner = 0] = await freePorts(5)
    stack = await startStack({
      projectFolder: join(import.meta.dirname, '..', '..', '..'),
      ports: { api, postgres, sandbox, smtp, scanner },
      dataFolder: folder,
      logger: silentLogger,
      watch: false,
      withSeed: false,
      confirmRebuild: async () => {},
      onProgress: () => {},
    })
    server = stack.postgres
  })
  afterAll(async () => {
    await stack.stop()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const client = () =>
    createClient(stack.services.apiUrl, stack.secrets.keys.secretKey, { auth: { persistSession: false } })

  it('[OBS-23] is told by the deep check and in Slack at once, and so is its end', async () => {
    const deep = async () => {
      const answer = await fetch(`${stack.services.apiUrl}/functions/v1/health/deep`, {
        headers: { apikey: stack.secrets.keys.secretKey },
      })
      const { status } = z.object({ status: z.string() }).parse(await answer.json())
      return { isUp: answer.status === 200, status }
    }
    const told = async () =>
      (await sandboxClient(stack.services.sandboxUrl).listCalls('slack'))
        .map(({ body }) => z.object({ text: z.string() }).parse(JSON.parse(body ?? '')).text)
        .filter((text) => text.includes('database_unreachable'))
    // Not the deep check, which would keep its answer for 15 seconds.
    await expect
      .poll(async () => (await fetch(`${stack.services.apiUrl}/functions/v1/health/ready`)).status, soon)
      .toBe(200)

    await stack.postgres.stop()
    await expect.poll(deep, soon).toEqual({ isUp: false, status: 'down' })
    await expect.poll(told, soon).toEqual(['Alert: database_unreachable (critical, development)'])

    server = await startPostgres({
      dataFolder: join(folder, 'postgres'),
      port: stack.ports.postgres,
      logger: silentLogger,
    })
    await expect.poll(async () => (await deep()).isUp, soon).toBe(true)
    await expect
      .poll(told, soon)
      .toEqual([
        'Recovered: database_unreachable (critical, development)',
        'Alert: database_unreachable (critical, development)',
      ])
  })

  it('answers 503 while Postgres is away and recovers by itself', async () => {
    const read = () => client().from('organizations').select('id').limit(1)
    expect((await read()).status).toBe(200)
    const statuses = new Set<number>()
    let restarted = false
    const restart = server.crashAndRestart().then(() => {
      restarted = true
    })
    while (!restarted) statuses.add((await read()).status)
    await restart
    await expect.poll(async () => (await read()).status, soon).toBe(200)
    // Only answers that say what is: all is well, or come back later.
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([])
  })

  it('signs people in again after the restart', async () => {
    await server.crashAndRestart()
    const admin = client()
    const email = `after-${crypto.randomUUID()}@example.com`
    await expect
      .poll(
        async () =>
          (await admin.auth.admin.createUser({ email, password: 'Correct-horse-1', email_confirm: true })).error
            ?.status ?? 200,
        soon,
      )
      .toBe(200)
    const { error } = await createClient(stack.services.apiUrl, stack.secrets.keys.publishableKey, {
      auth: { persistSession: false },
    }).auth.signInWithPassword({ email, password: 'Correct-horse-1' })
    expect(error).toBeNull()
  })
})
