import { expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { givenFiles } from '../../support/given_files.ts'

const old = (db: Database) =>
  db.exec(`update storage.objects set created_at = now() - interval '2 days';
    update private.file_objects set created_at = now() - interval '2 days'`)

it('finds objects that belong to no file, but none that is young, of a file, or of a person', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    const file = await givenFiles.file(db, { organization, uploader: organization.member })
    await db.actAs('postgres')
    const person = organization.member
    await db.exec(
      `insert into public.personal_exports (user_id, state, file_path, size_bytes, expires_at)
       values ($1::text::uuid, 'ready', $1::text || '/mine.zip', 1, now() + interval '1 day')`,
      [person.id],
    )
    const put = (bucket_id: string, object_path: string) => givenFiles.object(db, { bucket_id, object_path })
    await put('documents', `${organization.id}/document/00000000-0000-4000-8000-000000000000/1`)
    await put('decks', 'lost.pdf')
    await put('documents', `${organization.id}/document/${file.file_id}/thumbnail-64`)
    await put('exports', `${person.id}/mine.zip`)
    await put('exports', `${person.id}/forgotten.zip`)
    await put('avatars', `${person.id}/me.png`)
    const stray = async (after: [string, string] | null, size: number) =>
      (
        await db.rows<{ name: string }>('select name from private.list_stray_objects($1, $2, $3)', [
          after?.[0] ?? null,
          after?.[1] ?? null,
          size,
        ])
      ).map(({ name }) => name)
    expect(await stray(null, 100)).toEqual([])
    await old(db)
    const all = [
      'lost.pdf',
      `${organization.id}/document/00000000-0000-4000-8000-000000000000/1`,
      `${person.id}/forgotten.zip`,
    ]
    expect(await stray(null, 100)).toEqual(all)
    expect(await stray(['decks', 'lost.pdf'], 1)).toEqual([all[1]])
  }))

it('finds files whose object is not there, marks them, and takes the mark back', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    const kept = await givenFiles.file(db, { organization, uploader: organization.member })
    const lost = await givenFiles.file(db, { organization, uploader: organization.member, checksum: 'b' })
    await db.actAs(organization.member)
    await givenFiles.upload(db, { organization })
    await db.actAs('postgres')
    await givenFiles.noObject(db, lost)
    await old(db)
    const sweep = () =>
      db.row<{ checked_count: number; missing_count: number }>(
        'select checked_count, missing_count from private.mark_missing_objects(null, null, 100)',
      )
    expect(await sweep()).toEqual({ checked_count: 3, missing_count: 1 })
    const missing = () => db.rows('select object_path from private.file_objects where missing_at is not null')
    expect(await missing()).toEqual([{ object_path: lost.object_path }])
    // An equal file does not come to share what is not there.
    const again = await givenFiles.file(db, { organization, uploader: organization.member, checksum: 'b' })
    await db.actAs('postgres')
    expect(await db.row('select object_path from public.file_versions where file_id = $1', [again.file_id])).toEqual({
      object_path: again.object_path,
    })
    await givenFiles.object(db, lost)
    expect(await sweep()).toMatchObject({ missing_count: 0 })
    expect(await missing()).toEqual([])
    expect(kept.object_path).not.toBe(lost.object_path)
  }))

it('reports, and raises an alert for lost files', () =>
  withRollback(async (db) => {
    const events = () => db.rows(`select from private.jobs where payload ->> 'topic' = 'file.lost'`)
    await db.row('select private.finish_file_sweep(2, 20, 5, 0)')
    expect(await events()).toEqual([])
    await db.row('select private.finish_file_sweep(0, 0, 5, 1)')
    expect(await events()).toHaveLength(1)
    const admin = await given.person(db)
    await db.exec(`update auth.users set raw_app_meta_data = '{"platform_admin": true}' where id = $1`, [admin.id])
    await db.actAs({ ...admin, claims: { aal: 'aal2', app_metadata: { platform_admin: true } } })
    expect(await db.rows('select stray_count, missing_count from public.list_file_sweeps()')).toEqual([
      { stray_count: 0, missing_count: 1 },
      { stray_count: 2, missing_count: 0 },
    ])
    await db.actAs((await given.organization(db)).owner)
    await expect(db.rows('select public.list_file_sweeps()')).rejects.toMatchObject({ code: 'platform_admin_required' })
    await expect(db.rows('select public.list_lost_files()')).rejects.toMatchObject({ code: 'platform_admin_required' })
  }))
