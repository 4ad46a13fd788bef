import { describe, expect, it } from 'vitest'
import { type Actor, type Database, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'

/** Whether Realtime would let the actor join: it asks the select policy with the topic set. */
async function mayFollow(db: Database, actor: Actor, topic: string): Promise<boolean> {
  await db.asOwner(() =>
    db.exec(`insert into realtime.messages (topic, extension, event, payload, private)
      values ('probe', 'broadcast', 'probe', '{}', true)`),
  )
  await db.actAs(actor)
  await db.rows(`select set_config('realtime.topic', $1, true)`, [topic])
  return (await db.rows(`select from realtime.messages where topic = 'probe'`)).length > 0
}

const epochOf = (db: Database, { id }: GivenOrganization) =>
  db.asOwner(async () => {
    const row = await db.row<{ epoch: number }>('select topic_epoch as epoch from public.organizations where id = $1', [
      id,
    ])
    return row.epoch
  })

const toldTopics = (db: Database) =>
  db.asOwner(async () => {
    const rows = await db.rows<{ topic: string }>(
      `select topic from realtime.messages where event = 'access_changed' order by topic`,
    )
    return rows.map((row) => row.topic)
  })

describe('private channels', () => {
  it('are open to the person they are named after and to nobody else', () =>
    withRollback(async (db) => {
      const [ada, eve] = [await given.person(db), await given.person(db)]
      expect(await mayFollow(db, ada, `user:${ada.id}`)).toBe(true)
      expect(await mayFollow(db, eve, `user:${ada.id}`)).toBe(false)
    }))

  it('of an organization are open to its members, in the present epoch only', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const epoch = await epochOf(db, ours)
      expect(await mayFollow(db, ours.member, `organization:${ours.id}:${epoch}`)).toBe(true)
      expect(await mayFollow(db, ours.member, `organization:${ours.id}:${epoch + 1}`)).toBe(false)
      expect(await mayFollow(db, await given.person(db), `organization:${ours.id}:${epoch}`)).toBe(false)
    }))

  it.each(['', 'user', 'organization:', 'organization:x:1', 'realtime:public', "user:' or true --"])(
    'with the topic "%s" are open to nobody',
    (topic) => withRollback(async (db) => expect(await mayFollow(db, await given.person(db), topic)).toBe(false)),
  )

  it('let members tell that they are there, and write nothing else', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const topic = `organization:${ours.id}:${await epochOf(db, ours)}`
      await db.actAs(ours.member)
      await db.rows(`select set_config('realtime.topic', $1, true)`, [topic])
      const write = (extension: string) =>
        db.exec(`insert into realtime.messages (topic, extension, private) values ($1, $2, true)`, [topic, extension])
      expect(await write('presence')).toBe(1)
      await expect(write('broadcast')).rejects.toMatchObject({ sqlstate: '42501' })
    }))

  it('close behind a member who is removed, who is told', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const epoch = await epochOf(db, ours)
      await db.asOwner(() =>
        db.exec('delete from public.memberships where user_id = $1 and organization_id = $2', [
          ours.member.id,
          ours.id,
        ]),
      )
      expect(await epochOf(db, ours)).toBe(epoch + 1)
      expect(await toldTopics(db)).toEqual([`organization:${ours.id}:${epoch}`, `user:${ours.member.id}`].sort())
      expect(await mayFollow(db, ours.member, `organization:${ours.id}:${epoch + 1}`)).toBe(false)
      expect(await mayFollow(db, ours.admin, `organization:${ours.id}:${epoch + 1}`)).toBe(true)
    }))

  it('close behind a member who is suspended or banned, and stay open when a ban is lifted', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const epoch = await epochOf(db, ours)
      await db.asOwner(() =>
        db.exec(`update public.memberships set status = 'suspended' where user_id = $1 and organization_id = $2`, [
          ours.member.id,
          ours.id,
        ]),
      )
      expect(await epochOf(db, ours)).toBe(epoch + 1)
      const ban = (until: string | null) =>
        db.asOwner(() =>
          db.exec('update auth.users set banned_until = $2::text::timestamptz where id = $1', [ours.admin.id, until]),
        )
      await ban('2100-01-01')
      expect(await epochOf(db, ours)).toBe(epoch + 2)
      await ban(null)
      expect(await epochOf(db, ours)).toBe(epoch + 2)
    }))
})

describe('pictures in the bucket "picture-uploads"', () => {
  const put = (db: Database, name: string) =>
    db.exec(`insert into storage.objects (bucket_id, name) values ('picture-uploads', $1)`, [name])
  const bucket = (db: Database) =>
    db.asOwner(() =>
      db.exec(
        `insert into storage.buckets (id, name, public) values ('picture-uploads', 'picture-uploads', false) on conflict do nothing`,
      ),
    )

  it('may be put by a person into the own folder only', () =>
    withRollback(async (db) => {
      const [ada, eve] = [await given.person(db), await given.person(db)]
      await bucket(db)
      await db.actAs(ada)
      expect(await put(db, `${ada.id}/face.png`)).toBe(1)
      await expect(put(db, `${eve.id}/face.png`)).rejects.toMatchObject({ sqlstate: '42501' })
      await expect(put(db, 'face.png')).rejects.toMatchObject({ sqlstate: '42501' })
      await db.actAs(eve)
      expect(await db.rows(`select from storage.objects where bucket_id = 'picture-uploads'`)).toEqual([])
    }))

  it('of an organization may be put by who manages it, not by its other members', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await bucket(db)
      await db.actAs(ours.admin)
      expect(await put(db, `${ours.id}/logo.png`)).toBe(1)
      await db.actAs(ours.member)
      await expect(put(db, `${ours.id}/other.png`)).rejects.toMatchObject({ sqlstate: '42501' })
    }))

  it('are closed to strangers', () =>
    withRollback(async (db) => {
      await bucket(db)
      await db.actAs('anon')
      await expect(put(db, 'anything/face.png')).rejects.toMatchObject({ sqlstate: '42501' })
    }))
})
