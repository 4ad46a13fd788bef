import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { givenFiles } from '../../support/given_files.ts'

const jobs = (db: Database, kind: string) =>
  db.asOwner(() =>
    db.rows<{ payload: unknown; ordering_key: string | null }>(
      'select payload, ordering_key from private.jobs where kind = $1 order by id',
      [kind],
    ),
  )
const picture = (db: Database, folder: string) =>
  givenFiles.object(db, { bucket_id: 'picture-uploads', object_path: `${folder}/face.png` })

describe('an uploaded picture', () => {
  it('[FIL-08] is made anew by the backend, one after the other in each folder', () =>
    withRollback(async (db) => {
      const ana = await given.person(db)
      await picture(db, ana.id)
      expect(await jobs(db, 'picture.publish')).toEqual([
        {
          payload: { folder_id: ana.id, object_path: `${ana.id}/face.png` },
          ordering_key: `picture:${ana.id}`,
        },
      ])
      await givenFiles.object(db, { bucket_id: 'picture-uploads', object_path: 'nowhere/face.png' })
      expect(await jobs(db, 'picture.publish')).toHaveLength(1)
    }))

  it('[FIL-08] is shown on the profile or organization of its folder, and the former one goes', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { member } = organization
      await db.actAs('service_role')
      const show = (folder: string, name: string, isOffer = false) =>
        db.row('select public.show_picture($1, $2, $3) as is_shown', [folder, `${folder}/${name}`, isOffer])
      expect(await show(member.id, 'a.jpg')).toEqual({ is_shown: true })
      expect(await show(member.id, 'b.jpg')).toEqual({ is_shown: true })
      expect(await show(member.id, 'offered.jpg', true)).toEqual({ is_shown: false })
      expect(await show(organization.id, 'logo.jpg')).toEqual({ is_shown: true })
      expect(await show('00000000-0000-4000-8000-000000000000', 'x.jpg')).toEqual({ is_shown: false })
      expect(
        await db.asOwner(() =>
          db.row(
            `select (select avatar_path from public.profiles where id = $1) as avatar,
               (select logo_path from public.organizations where id = $2) as logo`,
            [member.id, organization.id],
          ),
        ),
      ).toEqual({ avatar: `${member.id}/b.jpg`, logo: `${organization.id}/logo.jpg` })
      await db.actAs(member)
      await db.exec('update public.profiles set avatar_path = null where id = $1', [member.id])
      const removed = await jobs(db, 'picture.remove')
      expect(removed.map(({ payload }) => payload)).toEqual([
        { object_path: `${member.id}/a.jpg` },
        { object_path: `${member.id}/b.jpg` },
      ])
    }))

  it('[FIL-08] that is refused is told on the channel of its people', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs('service_role')
      for (const folder of [organization.member.id, organization.id]) {
        await db.exec('select public.refuse_picture($1, $2)', [folder, 'too_large'])
      }
      const told = await db.asOwner(() =>
        db.rows<{ topic: string; payload: unknown }>(
          `select topic, payload - 'id' as payload from realtime.messages where event = 'picture_changed' order by topic`,
        ),
      )
      expect(told).toEqual([
        { topic: expect.stringContaining(`organization:${organization.id}:`), payload: { problem: 'too_large' } },
        { topic: `user:${organization.member.id}`, payload: { problem: 'too_large' } },
      ])
    }))

  it('[FIL-08] at a sign-in provider is copied once it is known', () =>
    withRollback(async (db) => {
      const ana = await given.person(db)
      const url = 'https://provider.example/ana.jpg'
      await db.asOwner(() =>
        db.exec(`select private.apply_identity($1, 'google', jsonb_build_object('picture', $2::text))`, [ana.id, url]),
      )
      expect((await jobs(db, 'picture.copy')).map(({ payload }) => payload)).toEqual([
        { user_id: ana.id, picture_url: url },
      ])
    }))
})
