import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLogger } from '../../../local/logger.ts'
import { freePorts } from '../../../local/ports.ts'
import { installStandInExtensions } from '../../../local/postgres/binaries.ts'
import { bootstrapDatabase, bootstrapRoles, standInFolder } from '../../../local/postgres/database.ts'
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts'
import { createScheduler } from '../../../local/scheduler/mod.ts'

let folder: string
let server: PostgresServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atrium-scheduler-'))
  const [port = 0] = await freePorts(1)
  server = await startPostgres({ dataFolder: join(folder, 'data'), port, logger: silentLogger })
  await installStandInExtensions(standInFolder, server.extensionFolder)
  await bootstrapRoles(server.url())
  await bootstrapDatabase(server.url())
})

afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

it('goes on by itself after Postgres crashed: the run of that moment is failed, later ones run, notices arrive', async () => {
  const query = async (text: string) => {
    const sql = postgres(server.url('postgres', 'postgres'), { max: 1, onnotice: () => {} })
    try {
      return await sql.unsafe(text)
    } finally {
      await sql.end()
    }
  }
  await query('create extension pg_cron; create extension pg_net; create table public.beats (id int)')
  await query("select cron.schedule('long', '1 second', 'select pg_sleep(60)')")
  const scheduler = createScheduler({ databaseUrl: server.url(), logger: silentLogger, pollMilliseconds: 3_600_000 })
  await scheduler.start()
  try {
    const statuses = async () =>
      (await query('select status from cron.job_run_details order by runid')).map(({ status }) => status)
    await expect.poll(statuses, { timeout: 20_000 }).toEqual(['running'])
    await server.crashAndRestart()
    await query("select cron.unschedule('long')")
    await expect.poll(async () => (await statuses())[0], { timeout: 20_000 }).toBe('failed')
    await query("select cron.schedule('short', '1 second', 'insert into public.beats values (1)')")
    await expect
      .poll(async () => (await query('select count(*)::int as n from public.beats'))[0]?.n, { timeout: 20_000 })
      .toBeGreaterThan(0)
    // Notifications are heard again: no other look is due within the hour.
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const [request] = await query("select net.http_get('http://127.0.0.1:1/') as id")
      await expect
        .poll(async () => (await query(`select 1 from net._http_response where id = ${request?.id}`)).length, {
          timeout: 15_000,
          interval: 10,
        })
        .toBe(1)
    }
  } finally {
    await scheduler.close()
  }
})
