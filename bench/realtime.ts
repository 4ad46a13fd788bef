import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../local/ports.ts'
import { withConnection } from '../local/postgres/database.ts'
import { loadSecrets } from '../local/secrets.ts'
import { createTokens } from '../local/tokens.ts'
import { withFreshDatabase } from '../scripts/fresh_database.ts'
import type { BenchOptions } from './run.ts'
import { type ChannelMeasurement, measureChannels, type Scenario, type Seat } from './support/channel_load.ts'
import { startChild } from './support/child.ts'

const small: Scenario = {
  name: '100 channels of 10, 500/s',
  channels: 100,
  clientsPerChannel: 10,
  broadcastsPerSecond: 500,
}
const large: Scenario = {
  name: '1 channel of 1,000, 50/s',
  channels: 1,
  clientsPerChannel: 1000,
  broadcastsPerSecond: 50,
}
const goalMs = 50

/** A server of the run and the seats in it. */
interface Contender {
  readonly name: string
  seatOf(channel: number, client: number): Promise<Seat>
  cpuSeconds(): Promise<number>
  stop(): Promise<void>
}

/** Broadcasts on private channels: this project's Realtime and a bare `ws` server under the same load. */
export async function measureRealtime({ seconds }: BenchOptions): Promise<void> {
  const secretsFolder = await mkdtemp(join(tmpdir(), 'atrium-bench-'))
  try {
    await withFreshDatabase(async (_url, server) => {
      await allowMembers(server.url())
      const databaseUrl = server.url('postgres', 'supabase_realtime_admin')
      const rows: ({ server: string; scenario: string } & ChannelMeasurement)[] = []
      for (const start of [() => startAtrium(databaseUrl, secretsFolder), startFloor]) {
        const contender = await start()
        try {
          for (const scenario of [small, large]) {
            console.log(`${contender.name}: ${scenario.name} for ${seconds} s ...`)
            const measured = await measureChannels(scenario, contender, seconds)
            rows.push({ server: contender.name, scenario: scenario.name, ...measured })
          }
        } finally {
          await contender.stop()
        }
      }
      report(rows)
    })
  } finally {
    await rm(secretsFolder, { recursive: true, force: true })
  }
}

/** Policies of the kind that the product has: a look at a membership for each join. */
async function allowMembers(superuserUrl: string): Promise<void> {
  await withConnection(superuserUrl, (sql) =>
    sql
      .unsafe(`
        create table public.bench_members (topic text, user_id uuid, primary key (topic, user_id));
        grant select on public.bench_members to authenticated;
        insert into public.bench_members
        select 'bench:' || channel, ('00000000-0000-4000-8000-' || lpad(to_hex(client), 12, '0'))::uuid
        from generate_series(0, ${small.channels - 1}) as channel, generate_series(0, ${large.clientsPerChannel - 1}) as client;
        create policy bench_receive on realtime.messages for select to authenticated
          using (exists (select from public.bench_members where topic = realtime.topic() and user_id = auth.uid()));
        create policy bench_send on realtime.messages for insert to authenticated
          with check (exists (select from public.bench_members where topic = realtime.topic() and user_id = auth.uid()));
        analyze public.bench_members;`)
      .simple(),
  )
}

async function startAtrium(databaseUrl: string, secretsFolder: string): Promise<Contender> {
  const [port = 0] = await freePorts(1)
  const { keys } = await loadSecrets(secretsFolder)
  const tokens = await createTokens(keys)
  const { cpuSeconds, stop } = await startChild('realtime_atrium.ts', {
    databaseUrl,
    port: String(port),
    secretsFolder,
  })
  const now = Math.floor(Date.now() / 1000)
  return {
    name: 'atrium',
    async seatOf(channel, client) {
      const sub = `00000000-0000-4000-8000-${client.toString(16).padStart(12, '0')}`
      const session = { sub, role: 'authenticated', session_id: randomUUID(), iat: now, exp: now + 3600 }
      const topic = `realtime:bench:${channel}`
      const config = { private: true, broadcast: { self: true, ack: false }, presence: { enabled: false, key: '' } }
      const payload = { config, access_token: await tokens.sign(session) }
      return {
        url: `ws://127.0.0.1:${port}/realtime/v1/websocket?apikey=${keys.publishableKey}&vsn=2.0.0`,
        topic,
        join: JSON.stringify(['1', '1', topic, 'phx_join', payload]),
      }
    },
    cpuSeconds,
    stop,
  }
}

async function startFloor(): Promise<Contender> {
  const [port = 0] = await freePorts(1)
  const { cpuSeconds, stop } = await startChild('realtime_floor.ts', { port: String(port) })
  return {
    name: 'bare ws',
    seatOf: async (channel) => ({
      url: `ws://127.0.0.1:${port}/${channel}`,
      topic: `realtime:bench:${channel}`,
      join: null,
    }),
    cpuSeconds,
    stop,
  }
}

function report(rows: readonly ({ server: string; scenario: string } & ChannelMeasurement)[]): void {
  const ms = (value: number) => Number(value.toFixed(1))
  console.table(
    rows.map((row) => ({
      server: row.server,
      scenario: row.scenario,
      'join s': ms(row.joinSeconds),
      complete: `${row.received}/${row.expected}`,
      'deliveries/s': Math.round(row.deliveriesPerSecond),
      'server CPU µs/delivery': ms(row.cpuMicroseconds),
      'p50 ms': ms(row.p50),
      'p95 ms': ms(row.p95),
      'p99 ms': ms(row.p99),
      'max ms': ms(row.max),
    })),
  )
  const [judged] = rows
  if (!judged || judged.received !== judged.expected || judged.p95 >= goalMs) {
    console.error(`The goal was missed: all deliveries, p95 under ${goalMs} ms`)
    process.exitCode = 1
  }
}
