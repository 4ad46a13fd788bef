import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../../local/logger.ts'
import { freePorts } from '../../../local/ports.ts'
import { bootstrapDatabase, bootstrapRoles } from '../../../local/postgres/database.ts'
import { startPostgres } from '../../../local/postgres/server.ts'
import {
  person,
  type RealtimeStack,
  requireSubscribed,
  startRealtimeStack,
  subscribed,
  versions,
  wait,
} from './realtime_stack.ts'

let stack: RealtimeStack
beforeAll(async () => {
  stack = await startRealtimeStack()
  await stack.sql(`
    create table public.things (id int primary key, title text);
    create function public.things_changed() returns trigger language plpgsql security definer as $$
    begin
      perform realtime.broadcast_changes('open:things', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
      return null;
    end $$;
    create trigger things_changed after insert or update or delete on public.things
      for each row execute function public.things_changed();`)
})
afterAll(() => stack[Symbol.asyncDispose]())

/** A member of a topic that keeps what it hears. */
async function listening(
  topic: string,
  config: object = { private: true },
  version: (typeof versions)[number] = '2.0.0',
) {
  const client = await stack.client({ version, token: await stack.token(person()) })
  const heard: { event: string; payload: Record<string, unknown>; meta?: object }[] = []
  const channel = client.channel(topic, { config })
  channel.on('broadcast', { event: '*' }, (message) => {
    heard.push({ event: message.event, payload: message.payload, ...(message.meta ? { meta: message.meta } : {}) })
  })
  await requireSubscribed(channel)
  return heard
}

describe.each(versions)('what SQL broadcasts, in protocol %s', (version) => {
  it('arrives once its transaction has committed, with the id of the row', async () => {
    const topic = `open:send:${version}`
    const heard = await listening(topic, { private: true }, version)
    await stack.sql(`select realtime.send('{"n": 1}', 'made', '${topic}', true)`)
    await vi.waitFor(() => expect(heard).toHaveLength(1), wait)
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/)
    expect(heard[0]).toEqual({ event: 'made', payload: { n: 1, id }, meta: { id } })
  })
})

it('delivers nothing of a transaction that is rolled back', async () => {
  const heard = await listening('open:rolled')
  await stack.sql(`
    begin; select realtime.send('{"n": 1}', 'lost', 'open:rolled', true); rollback;
    select realtime.send('{"n": 2}', 'kept', 'open:rolled', true);`)
  await vi.waitFor(() => expect(heard).toHaveLength(1), wait)
  expect(heard[0]?.event).toBe('kept')
})

it('delivers in the order of the commits, more than one batch at once', async () => {
  const heard = await listening('open:many')
  await stack.sql(
    `select realtime.send(jsonb_build_object('n', n), 'n', 'open:many', true) from generate_series(1, 1200) n`,
  )
  await vi.waitFor(() => expect(heard).toHaveLength(1200), wait)
  expect(heard.map(({ payload }) => payload.n)).toEqual(Array.from({ length: 1200 }, (_, index) => index + 1))
})

it('tells what changed in a table, from a trigger', async () => {
  const heard = await listening('open:things')
  await stack.sql(`
    insert into public.things values (1, 'a'); update public.things set title = 'b'; delete from public.things;`)
  await vi.waitFor(() => expect(heard).toHaveLength(3), wait)
  expect(heard.map(({ event }) => event)).toEqual(['INSERT', 'UPDATE', 'DELETE'])
  expect(heard[1]?.payload).toMatchObject({
    operation: 'UPDATE',
    schema: 'public',
    table: 'things',
    record: { id: 1, title: 'b' },
    old_record: { id: 1, title: 'a' },
  })
})

it('keeps private messages from public channels, and the other way round', async () => {
  const [secret, open] = [await listening('open:both'), await listening('open:both', {})]
  await stack.sql(`
    select realtime.send('{}', 'private', 'open:both', true); select realtime.send('{}', 'public', 'open:both', false)`)
  await vi.waitFor(() => expect([secret.length, open.length]).toEqual([1, 1]), wait)
  expect([secret[0]?.event, open[0]?.event]).toEqual(['private', 'public'])
})

it('delivers bytes of send_binary', async () => {
  const heard = await listening('open:binary')
  await stack.sql(`select realtime.send_binary('\\x00ff80', 'file', 'open:binary', true)`)
  await vi.waitFor(() => expect(heard).toHaveLength(1), wait)
  const payload: unknown = heard[0]?.payload
  expect(payload instanceof ArrayBuffer && [...new Uint8Array(payload)]).toEqual([0, 255, 128])
})

describe('replay', () => {
  /** Each in a transaction of its own, as the time of a message is that of its transaction. */
  const send = (topic: string, from: number, to: number) =>
    stack.sql(`do $$ begin
      for n in ${from} .. ${to} loop
        perform realtime.send(jsonb_build_object('n', n), 'n', '${topic}', true);
        commit;
      end loop;
    end $$`)
  const replayed = (heard: { payload: Record<string, unknown> }[]) => heard.map(({ payload }) => payload.n)

  it.each(versions)('shows the newest messages since a moment, oldest first, in protocol %s', async (version) => {
    const topic = `open:replay:${version}`
    await send(topic, 1, 5)
    const heard = await listening(topic, { private: true, broadcast: { replay: { since: 0, limit: 3 } } }, version)
    await vi.waitFor(() => expect(replayed(heard)).toEqual([3, 4, 5]), wait)
    expect(heard[0]?.meta).toMatchObject({ replayed: true })
    await send(topic, 6, 6)
    await vi.waitFor(() => expect(replayed(heard)).toEqual([3, 4, 5, 6]), wait)
    expect(heard[3]?.meta).not.toHaveProperty('replayed')
  })

  it('shows at most 25 messages, ten unless told, none from before the moment', async () => {
    const topic = 'open:replay:limits'
    await send(topic, 1, 30)
    const counts = []
    for (const replay of [{ since: 0, limit: 100 }, { since: 0 }, { since: Date.now() + 60_000 }]) {
      const raw = await stack.rawSocket()
      await raw.join(`realtime:${topic}`, { private: true, broadcast: { replay } }, await stack.token(person()))
      const beat = raw.send('phoenix', 'heartbeat', {})
      await raw.next(({ ref, topic: name }) => ref === beat && name === 'phoenix')
      counts.push(raw.received.filter(({ event }) => event === 'broadcast').length)
    }
    expect(counts).toEqual([25, 10, 0])
  })

  it('is refused on public channels and with odd parameters', async () => {
    const raw = await stack.rawSocket()
    const join = async (config: object) =>
      (await raw.join('realtime:open:r', config, await stack.token(person()))).response
    expect(await join({ broadcast: { replay: { since: 0 } } })).toEqual({
      reason: 'UnableToReplayMessages: Replay is not allowed for public channels',
    })
    expect(await join({ private: true, broadcast: { replay: { since: 'yesterday' } } })).toEqual({
      reason: 'UnableToReplayMessages: Replay params are not valid',
    })
  })
})

describe('when Postgres goes away', () => {
  it('comes back by itself and delivers what was committed meanwhile, each message once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'atrium-realtime-'))
    const [port = 0] = await freePorts(1)
    const start = () => startPostgres({ dataFolder: folder, port, logger: silentLogger })
    let postgres = await start()
    try {
      await bootstrapRoles(postgres.url())
      await bootstrapDatabase(postgres.url())
      const database = {
        realtimeUrl: postgres.url('postgres', 'supabase_realtime_admin'),
        superuserUrl: postgres.url(),
      }
      await using other = await startRealtimeStack({ database })
      const client = await other.client({ token: await other.token(person()) })
      const heard: unknown[] = []
      const channel = client.channel('open:restart', { config: { private: true } })
      channel.on('broadcast', { event: '*' }, ({ payload }) => heard.push(payload.n))
      await requireSubscribed(channel)
      const send = (n: number) => other.sql(`select realtime.send('{"n": ${n}}', 'n', 'open:restart', true)`)
      await send(1)
      await vi.waitFor(() => expect(heard).toEqual([1]), wait)
      await postgres.stop()
      const stranger = await other.client({ token: await other.token(person()) })
      expect(await subscribed(stranger.channel('open:away', { config: { private: true } }))).toEqual({
        status: 'CHANNEL_ERROR',
        message: 'Realtime was unable to connect to the project database',
      })
      await stranger.realtime.disconnect()
      postgres = await start()
      // Committed before the service can listen again.
      await send(2)
      await vi.waitFor(() => expect(heard).toEqual([1, 2]), wait)
      await send(3)
      await vi.waitFor(() => expect(heard).toEqual([1, 2, 3]), wait)
      const back = await other.client({ token: await other.token(person()) })
      await requireSubscribed(back.channel('open:back', { config: { private: true } }))
    } finally {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }, 60_000)

  it('listens again when only its session is ended', async () => {
    const heard = await listening('open:killed')
    await stack.sql(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'atrium realtime listener' and datname = current_database();
      select realtime.send('{"n": 1}', 'n', 'open:killed', true);`)
    await vi.waitFor(() => expect(heard.map(({ payload }) => payload.n)).toEqual([1]), wait)
  })
})
