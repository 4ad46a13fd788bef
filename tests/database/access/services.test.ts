import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Database, withRollback } from '../../support/database.ts'
import { givenCast } from './actors.ts'
import { type Attempt, answersTo } from './attempts.ts'
import { buckets, topics } from './entries/services.ts'
import { everybodyIn, givenScene } from './matrix.ts'

type Tried = Attempt & { readonly name: string; readonly what: string }

/** Names of those who were let, by what was tried. The secret key is let everywhere and is left out. */
async function allowedOf(db: Database, tries: readonly Tried[]): Promise<Record<string, string[]>> {
  const allowed: Record<string, string[]> = {}
  const answers = await answersTo(db, tries)
  for (const [index, { name, what }] of tries.entries()) {
    const answer = answers[index] ?? 'not tried'
    const names = allowed[what] ?? []
    allowed[what] = names
    if (answer === 'yes') names.push(name)
    else if (answer !== 'none' && answer !== 'denied') names.push(`${name}: ${answer}`)
  }
  return allowed
}

const people = (cast: Parameters<typeof everybodyIn>[0]) =>
  everybodyIn(cast).filter(({ name }) => name !== 'service_role')
const sorted = (names: Iterable<string>) => [...names].sort()
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

describe.each(buckets.map((entry) => [entry.bucket, entry] as const))(
  'the bucket "%s"',
  (bucket, { files, isReadOnly }) => {
    it.each(['select', 'insert', 'update', 'delete'] as const)('[A1-11] lets %s whom the matrix says', (verb) =>
      withRollback(async (db) => {
        const cast = await givenCast(db, await givenScene(db))
        await db.exec(
          `insert into storage.buckets (id, name) values (${quoted(bucket)}, ${quoted(bucket)}) on conflict do nothing`,
        )
        const tries = files.flatMap(({ what, path }) => {
          const [id, name] = [quoted(bucket), quoted(path(cast))]
          const put = `insert into storage.objects (bucket_id, name) values (${id}, ${name})`
          const statement = {
            select: `select from storage.objects where bucket_id = ${id} and name = ${name}`,
            insert: put,
            update: `update storage.objects set metadata = '{}' where bucket_id = ${id} and name = ${name}`,
            delete: `delete from storage.objects where bucket_id = ${id} and name = ${name}`,
          }[verb]
          // As the Storage service sets it for a deletion that it was asked for.
          const before = `${verb === 'insert' ? '' : `${put}; `}set local storage.allow_delete_query = 'true'`
          return people(cast).map(({ name: who, actor, situation }) => ({
            ...{ name: who, actor, what, statement },
            situation: `${situation}${situation && ';'} ${before}`,
          }))
        })
        const allowed = await allowedOf(db, tries)
        for (const { what, allowed: wanted, inserted = [] } of files) {
          const others = verb === 'insert' ? inserted : []
          const who = isReadOnly && verb !== 'select' ? others : wanted
          expect(sorted(allowed[what] ?? []), what).toEqual(sorted(who))
        }
      }),
    )
  },
)

it('[A1-11] has an entry for every bucket', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../supabase/config.toml'), 'utf8')
  const { storage } = z.object({ storage: z.object({ buckets: z.record(z.string(), z.unknown()) }) }).parse(parse(text))
  const inDatabase = await withRollback((db) => db.rows<{ id: string }>('select id from storage.buckets'))
  const known = new Set(buckets.map(({ bucket }) => bucket))
  expect([...Object.keys(storage.buckets), ...inDatabase.map(({ id }) => id)].filter((id) => !known.has(id))).toEqual(
    [],
  )
})

describe('channels', () => {
  const tried = (what: 'follow' | 'presence' | 'broadcast') =>
    withRollback(async (db) => {
      const cast = await givenCast(db, await givenScene(db))
      await db.exec(`insert into realtime.messages (topic, extension, event, payload, private)
        values ('probe', 'broadcast', 'probe', '{}', true)`)
      return allowedOf(
        db,
        topics.flatMap((entry) => {
          const topic = quoted(entry.topic(cast))
          const statement =
            what === 'follow'
              ? `select from realtime.messages where topic = 'probe'`
              : `insert into realtime.messages (topic, extension, private) values (${topic}, '${what}', true)`
          return people(cast).map(({ name, actor, situation }) => ({
            ...{ name, actor, what: entry.what, statement },
            situation: `${situation}${situation && ';'} set local realtime.topic = ${topic}`,
          }))
        }),
      )
    })

  it('[A1-11] are followed by whom the matrix says', async () => {
    const allowed = await tried('follow')
    for (const { what, follow } of topics) expect(sorted(allowed[what] ?? []), what).toEqual(sorted(follow))
  })

  it('[A1-11] show as present whom the matrix says', async () => {
    const allowed = await tried('presence')
    for (const { what, present } of topics) expect(sorted(allowed[what] ?? []), what).toEqual(sorted(present))
  })

  it('[A1-11] take broadcasts of nobody, since what is told comes from the database', async () => {
    for (const [what, names] of Object.entries(await tried('broadcast'))) expect(names, what).toEqual([])
  })
})

it('[ORG-11] has no policy on files and channels but those that the matrix was written for', () =>
  withRollback(async (db) => {
    const found = await db.rows<{ name: string }>(
      `select polrelid::regclass || ': ' || polname as name from pg_policy
       where polrelid in ('storage.objects'::regclass, 'storage.buckets'::regclass, 'realtime.messages'::regclass)
       order by 1`,
    )
    expect(found.map(({ name }) => name)).toEqual([
      'realtime.messages: messages_insert_member',
      'realtime.messages: messages_select_member',
      'storage.objects: avatars_select_owner',
      'storage.objects: exports_select_owner',
      'storage.objects: files_insert_uploader',
      'storage.objects: files_select_reader',
      'storage.objects: picture_uploads_delete_owner',
      'storage.objects: picture_uploads_insert_owner',
      'storage.objects: picture_uploads_select_owner',
      'storage.objects: picture_uploads_update_owner',
    ])
  }))
