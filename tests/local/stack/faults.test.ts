import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../local/logger.ts'
import { freePorts } from '../../../local/ports.ts'
import { type Stack, startStack } from '../../../local/stack.ts'

describe('a stack whose Postgres restarts', { timeout: 90_000 }, () => {
  let folder: string
  let stack: Stack
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atrium-faults-'))
    const [api = 0, postgres = 0, sandbox = 0, smtp = 0, scanner = 0] = await freePorts(5)
    stack = await startStack({
      projectFolder: join(import.meta.dirname, '..', '..', '..'),
      ports: { api, postgres, sandbox, smtp, scanner },
      dataFolder: folder,
      logger: silentLogger,
      watch: false,
      withSeed: true,
      confirmRebuild: async () => {},
      onProgress: () => {},
    })
  })
  afterAll(async () => {
    await stack.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const client = () =>
    createClient(stack.services.apiUrl, stack.secrets.keys.secretKey, { auth: { persistSession: false } })

  it('answers 503 while Postgres is away and recovers by itself', async () => {
    const read = () => client().from('organizations').select('id').limit(1)
    expect((await read()).status).toBe(200)
    const statuses = new Set<number>()
    let restarted = false
    const restart = stack.postgres.crashAndRestart().then(() => {
      restarted = true
    })
    while (!restarted) statuses.add((await read()).status)
    await restart
    await expect.poll(async () => (await read()).status, { timeout: 20_000 }).toBe(200)
    // Only answers that say what is: all is well, or come back later.
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([])
  })

  it('signs people in again after the restart', async () => {
    await stack.postgres.crashAndRestart()
    const admin = client()
    const email = `after-${crypto.randomUUID()}@example.com`
    await expect
      .poll(
        async () =>
          (await admin.auth.admin.createUser({ email, password: 'Correct-horse-1', email_confirm: true })).error
            ?.status ?? 200,
        { timeout: 20_000 },
      )
      .toBe(200)
    const { error } = await createClient(stack.services.apiUrl, stack.secrets.keys.publishableKey, {
      auth: { persistSession: false },
    }).auth.signInWithPassword({ email, password: 'Correct-horse-1' })
    expect(error).toBeNull()
  })
})
