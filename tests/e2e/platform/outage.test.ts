import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { silentLogger } from '../../../local/logger.ts'
import { freePorts } from '../../../local/ports.ts'
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { type Stack, startStack } from '../../../local/stack.ts'

const wait = { timeout: 60_000, interval: 500 }

describe('an outage of the database', { timeout: 200_000 }, () => {
  let folder = ''
  let stack: Stack
  let second: PostgresServer | undefined
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atrium-outage-'))
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
  }, 120_000)
  afterAll(async () => {
    await stack.stop()
    await second?.stop()
    await rm(folder, { recursive: true, force: true })
  })

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
    await expect.poll(async () => (await deep()).isUp, wait).toBe(true)

    await stack.postgres.stop()
    await expect.poll(deep, wait).toEqual({ isUp: false, status: 'down' })
    await expect.poll(told, wait).toEqual(['Alert: database_unreachable (critical, development)'])

    second = await startPostgres({
      dataFolder: join(folder, 'postgres'),
      port: stack.ports.postgres,
      logger: silentLogger,
    })
    await expect.poll(async () => (await deep()).isUp, wait).toBe(true)
    await expect
      .poll(told, wait)
      .toEqual([
        'Recovered: database_unreachable (critical, development)',
        'Alert: database_unreachable (critical, development)',
      ])
  })
})
