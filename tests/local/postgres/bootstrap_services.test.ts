import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BareDatabase, bareDatabase } from './bare_database.ts'

let database: BareDatabase
let owner: postgres.Sql
let superuser: postgres.Sql
const warnings: string[] = []

beforeAll(async () => {
  database = await bareDatabase()
  owner = postgres(database.url, { max: 2, onnotice: ({ message }) => warnings.push(message ?? '') })
  superuser = postgres(database.superuserUrl, { max: 2, onnotice: () => {} })
})

afterAll(async () => {
  await Promise.all([owner.end(), superuser.end()])
  await database.drop()
})

describe('vault', () => {
  it('returns what was stored and keeps only ciphertext on disk', async () => {
    const [created] = await owner`select vault.create_secret('s3cret ünïcode', 'round_trip', 'for a test') as id`
    const [row] = await owner`select * from vault.decrypted_secrets where id = ${created?.id}`
    expect(row).toMatchObject({ name: 'round_trip', description: 'for a test', decrypted_secret: 's3cret ünïcode' })
    expect(row?.secret).not.toContain('s3cret')
    expect(Buffer.from(String(row?.secret), 'base64').includes('s3cret')).toBe(false)
  })

  it('changes a secret and leaves what was not named', async () => {
    const [created] = await owner`select vault.create_secret('first', 'changing', 'kept') as id`
    await owner`select vault.update_secret(${created?.id}, 'second')`
    const [row] = await owner`select * from vault.decrypted_secrets where id = ${created?.id}`
    expect(row).toMatchObject({ name: 'changing', description: 'kept', decrypted_secret: 'second' })
    await owner`select vault.update_secret(${created?.id}, new_name => 'renamed')`
    const [renamed] = await owner`select decrypted_secret from vault.decrypted_secrets where name = 'renamed'`
    expect(renamed?.decrypted_secret).toBe('second')
  })

  it('encrypts one text differently each time and refuses two secrets of one name', async () => {
    await owner`select vault.create_secret('same'), vault.create_secret('same')`
    const rows = await owner`
      select count(distinct secret)::int as texts from vault.decrypted_secrets where decrypted_secret = 'same'`
    expect(rows[0]?.texts).toBe(2)
    await owner`select vault.create_secret('x', 'taken')`
    await expect(owner`select vault.create_secret('y', 'taken')`).rejects.toThrow(/duplicate key/)
  })

  it('does not open a secret that was moved to another row or altered', async () => {
    const [one] = await owner`select vault.create_secret('one') as id`
    const [two] = await owner`select vault.create_secret('two') as id`
    await superuser`
      update vault.secrets set (secret, nonce) = (select secret, nonce from vault.secrets where id = ${one?.id})
      where id = ${two?.id}`
    await expect(owner`select * from vault.decrypted_secrets where id = ${two?.id}`).rejects.toThrow(/invalid cipher/)
    await owner`delete from vault.secrets where id = ${two?.id}`
  })

  it.each([['anon'], ['authenticated']])('is closed to %s', async (role) => {
    for (const statement of [
      'select * from vault.secrets',
      'select * from vault.decrypted_secrets',
      "select vault.create_secret('x')",
      "select vault._derived_key('encrypt')",
    ]) {
      const attempt = superuser.begin(async (sql) => {
        await sql.unsafe(`set local role ${role}`)
        await sql.unsafe(statement)
      })
      await expect(attempt).rejects.toThrow(/permission denied/)
    }
  })

  it('does not tell its owner the key', async () => {
    await expect(owner`select vault._derived_key('encrypt')`).rejects.toThrow(/permission denied/)
    await expect(owner`insert into vault.secrets (secret) values ('x')`).rejects.toThrow(/permission denied/)
  })
})

describe('realtime', () => {
  const day = (offset: number) =>
    new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '_')

  async function partitions(): Promise<string[]> {
    const rows = await superuser`
      select inhrelid::regclass::text as name from pg_inherits
      where inhparent = 'realtime.messages'::regclass order by 1`
    return rows.map(({ name }) => String(name))
  }

  it('makes the partitions of the next days and drops old ones', async () => {
    await superuser`select realtime.create_messages_partition((now() at time zone 'UTC')::date - 5)`
    await superuser`select realtime.create_messages_partition((now() at time zone 'UTC')::date - 3)`
    await superuser`drop table ${superuser(`realtime.messages_${day(2)}`)}`
    expect(await partitions()).toContain(`realtime.messages_${day(-5)}`)
    const [row] = await superuser`select realtime.maintain_partitions() as dropped`
    expect(row?.dropped).toBe(1)
    const names = await partitions()
    expect(names).toContain(`realtime.messages_${day(-3)}`)
    expect(names).not.toContain(`realtime.messages_${day(-5)}`)
    for (let offset = -1; offset <= 7; offset += 1) expect(names).toContain(`realtime.messages_${day(offset)}`)
  })

  it('stores a message and notifies about it after commit, never after a rollback', async () => {
    const heard: string[] = []
    const listening = await superuser.listen('realtime_messages', (payload) => heard.push(payload))
    await owner
      .begin(async (sql) => {
        await sql`select realtime.send('{"n": 1}', 'lost', 'user:1')`
        throw new Error('undo')
      })
      .catch(() => {})
    await owner`select realtime.send('{"n": 2}', 'kept', 'user:1')`
    await expect.poll(() => heard.length).toBe(1)
    const { id } = JSON.parse(heard[0] ?? '{}')
    const [row] = await owner`select * from realtime.messages where id = ${id}`
    expect(row).toMatchObject({ event: 'kept', topic: 'user:1', private: true, extension: 'broadcast' })
    expect(row?.payload).toEqual({ id, n: 2 })
    await listening.unlisten()
  })

  it('warns and goes on when a message cannot be stored', async () => {
    warnings.length = 0
    const [row] = await owner.begin(async (sql) => {
      await sql`select realtime.send('{}', 'event', null)`
      return sql`select 1 as alive`
    })
    expect(row?.alive).toBe(1)
    expect(warnings.join()).toMatch(/WarnSendingBroadcastMessage/)
  })

  it('broadcasts the change of a row from a trigger', async () => {
    await owner.unsafe(`
      create table public.rooms (id int primary key, title text);
      create function public.rooms_broadcast() returns trigger language plpgsql security definer set search_path = '' as
      $$ begin
        perform realtime.broadcast_changes('room:' || coalesce(new.id, old.id), tg_op, tg_op, tg_table_name,
          tg_table_schema, new, old);
        return null;
      end $$;
      create trigger broadcast after insert or update or delete on public.rooms
        for each row execute function public.rooms_broadcast();
      insert into public.rooms values (7, 'a');
      update public.rooms set title = 'b';`)
    const rows = await owner`select event, payload from realtime.messages where topic = 'room:7' order by inserted_at`
    expect(rows.map(({ event }) => event)).toEqual(['INSERT', 'UPDATE'])
    expect(rows[1]?.payload).toMatchObject({
      record: { id: 7, title: 'b' },
      old_record: { id: 7, title: 'a' },
      operation: 'UPDATE',
      table: 'rooms',
      schema: 'public',
    })
  })
})

describe('storage', () => {
  beforeAll(async () => {
    await owner.unsafe(`
      insert into storage.buckets (id, name) values ('box', 'box');
      insert into storage.objects (bucket_id, name, metadata) values
        ('box', 'a/one.txt', '{"size": 3}'), ('box', 'a/b/two.tar.gz', '{"size": 4}'), ('box', 'top.png', '{"size": 5}'),
        ('box', '100%_x.png', '{"size": 1}');`)
  })

  it('takes a path apart', async () => {
    const [row] = await owner`
      select storage.foldername('a/b/two.tar.gz') as folders, storage.filename('a/b/two.tar.gz') as file,
        storage.extension('a/b/two.tar.gz') as extension`
    expect(row).toEqual({ folders: ['a', 'b'], file: 'two.tar.gz', extension: 'gz' })
  })

  it('lists one level of a bucket, folders first', async () => {
    const rows = await owner`select name, id is null as is_folder from storage.search('', 'box', 100, 1, 0)`
    expect([...rows]).toEqual([
      { name: 'a', is_folder: true },
      { name: '100%_x.png', is_folder: false },
      { name: 'top.png', is_folder: false },
    ])
    const inside = await owner`select name from storage.search('a/', 'box', 100, 2, 0, '', 'name', 'desc')`
    expect(inside.map(({ name }) => name)).toEqual(['b', 'one.txt'])
    const literal = await owner`select name from storage.search('', 'box', 100, 1, 0, '%')`
    expect(literal).toHaveLength(0)
  })

  it('lists with a delimiter as S3 does, page by page', async () => {
    const first = await owner`select name from storage.list_objects_with_delimiter('box', '', '/', 2)`
    expect(first.map(({ name }) => name)).toEqual(['100%_x.png', 'a/'])
    const second = await owner`select name from storage.list_objects_with_delimiter('box', '', '/', 2, '', 'a/')`
    expect(second.map(({ name }) => name)).toEqual(['top.png'])
  })

  it('adds up the size of a bucket', async () => {
    const [row] = await owner`select size::int as size from storage.get_size_by_bucket() where bucket_id = 'box'`
    expect(row?.size).toBe(13)
  })

  it('refuses to delete rows behind the service', async () => {
    await expect(owner`delete from storage.objects where name = 'top.png'`).rejects.toThrow(/Direct deletion/)
    const deleted = await owner.begin(async (sql) => {
      await sql`select set_config('storage.allow_delete_query', 'true', true)`
      return sql`delete from storage.objects where name = 'top.png' returning name`
    })
    expect(deleted).toHaveLength(1)
  })
})
