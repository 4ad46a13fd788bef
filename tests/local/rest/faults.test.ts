import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../../local/logger.ts'
import { freePorts } from '../../../local/ports.ts'
import { bootstrapRoles } from '../../../local/postgres/database.ts'
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts'
import { createRestService } from '../../../local/rest/mod.ts'
import { codeOf, loadLibrary, serve } from './rest_stack.ts'

let folder: string
let server: PostgresServer
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rest-faults-'))
  const [port = 0] = await freePorts(1)
  server = await startPostgres({ dataFolder: join(folder, 'postgres'), port, logger: silentLogger })
  await bootstrapRoles(server.url())
  await loadLibrary(server.url())
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const start = async (databaseUrl: string) =>
  serve(
    await createRestService({
      databaseUrl,
      schemas: ['library'],
      extraSearchPath: [],
      maxRows: null,
      anonRole: 'anon',
      preRequest: null,
      aggregatesEnabled: false,
      planEnabled: false,
      txEnd: 'commit',
      poolSize: 3,
      useDatabaseConfig: true,
      verifyToken: async () => ({}),
    }),
  )

describe('Postgres going away', () => {
  it('is answered with 503, and ends by itself', async () => {
    const rest = await start(server.url('postgres', 'authenticator'))
    try {
      expect((await rest.request('/books')).status).toBe(200)
      const during: number[] = []
      let isBack = false
      const asking = (async () => {
        while (!isBack) during.push((await rest.request('/books')).status)
      })()
      await server.crashAndRestart()
      await vi.waitFor(async () => expect((await rest.request('/books')).status).toBe(200), 15_000)
      isBack = true
      await asking
      expect(during.filter((status) => status !== 200 && status !== 503)).toEqual([])
      for (let i = 0; i < 10; i++) expect((await rest.request('/books')).status).toBe(200)
    } finally {
      await rest.close()
    }
  })

  it('does not keep later schema changes from being noticed', async () => {
    const rest = await start(server.url('postgres', 'authenticator'))
    try {
      await server.crashAndRestart()
      const { default: postgres } = await import('postgres')
      const sql = postgres(server.url(), { max: 1, onnotice: () => {} })
      await sql.unsafe('create table library.later (id int)')
      await vi.waitFor(async () => {
        await sql.unsafe("notify pgrst, 'reload schema'")
        expect((await rest.request('/later')).status).toBe(200)
      }, 15_000)
      await sql.end()
    } finally {
      await rest.close()
    }
  })
})

describe('a start without Postgres', () => {
  it('answers 503 until it is there', async () => {
    const [port = 0] = await freePorts(1)
    const url = new URL(server.url('postgres', 'authenticator'))
    url.port = String(port)
    const rest = await start(url.href)
    try {
      const answer = await rest.request('/books')
      expect(codeOf(answer)).toBe('503 PGRST002')
      expect(answer.headers.get('retry-after')).toBe('1')
    } finally {
      await rest.close()
    }
  })
})
