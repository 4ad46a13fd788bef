import { describe, expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { type GivenUpload, givenFiles } from '../../support/given_files.ts'

const begin = (db: Database, file: string, mediaType = 'application/pdf', size = 1000) =>
  db.row<GivenUpload>('select * from public.begin_version($1, $2, $3)', [file, mediaType, size])

/** Uploads a further version as a person and has it scanned. */
async function version(
  db: Database,
  file: string,
  by: Person,
  checksum: string,
  outcome: 'clean' | 'infected' = 'clean',
) {
  await db.actAs(by)
  const begun = await begin(db, file)
  await givenFiles.object(db, begun, { owner: by })
  await givenFiles.scan(db, { upload: begun, checksum, outcome })
  return begun
}

const present = (db: Database, file: string) =>
  db.asOwner(() =>
    db.row('select version_number, left(checksum, 1) as checksum, state from public.files where id = $1', [file]),
  )
const numbers = async (db: Database, file: string) =>
  (
    await db.asOwner(() =>
      db.rows<{ version_number: number }>(
        'select version_number from public.file_versions where file_id = $1 order by version_number',
        [file],
      ),
    )
  ).map(({ version_number }) => version_number)
const restore = (db: Database, file: string, number: number) =>
  db.row<GivenUpload>('select * from public.restore_version($1, $2)', [file, number])

describe('a further version of a file', () => {
  it('[FIL-09] is what people see once it is clean, and the older one until then', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { file_id } = await givenFiles.file(db, { organization, uploader: organization.member, checksum: 'a' })
      await db.actAs(organization.member)
      const begun = await begin(db, file_id)
      expect(begun.object_path).toBe(`${organization.id}/document/${file_id}/2`)
      await givenFiles.object(db, begun, { owner: organization.member })
      expect(await present(db, file_id)).toEqual({ version_number: 1, checksum: 'a', state: 'clean' })
      await givenFiles.scan(db, { upload: begun, checksum: 'b' })
      expect(await present(db, file_id)).toEqual({ version_number: 2, checksum: 'b', state: 'clean' })
    }))

  it('[FIL-09] [FIL-07] that is infected leaves the older one where it is', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { file_id } = await givenFiles.file(db, { organization, uploader: organization.member, checksum: 'a' })
      await version(db, file_id, organization.member, 'b', 'infected')
      expect(await present(db, file_id)).toEqual({ version_number: 1, checksum: 'a', state: 'clean' })
      await db.actAs(organization.member)
      await expect(restore(db, file_id, 2)).rejects.toMatchObject({ code: 'file_version_not_found' })
    }))

  it('is for who uploaded the file and who manages files, one at a time, within the limits of its category', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { file_id } = await givenFiles.file(db, { organization, uploader: organization.admin })
      await db.actAs(organization.member)
      await expect(begin(db, file_id)).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await db.actAs(await given.person(db))
      await expect(begin(db, file_id)).rejects.toMatchObject({ status: 404, code: 'file_not_found' })
      await db.actAs(organization.owner)
      await expect(begin(db, file_id, 'image/png')).rejects.toMatchObject({ code: 'file_type_not_allowed' })
      await expect(begin(db, file_id, undefined, 26 * 1024 * 1024)).rejects.toMatchObject({ code: 'file_too_large' })
      await begin(db, file_id)
      await expect(begin(db, file_id)).rejects.toMatchObject({ status: 409, code: 'file_version_pending' })
    }))

  it('[FIL-09] counts into the storage of the organization', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { file_id } = await givenFiles.file(db, { organization, uploader: organization.member })
      await given.limit(db, { organization, key: 'storage_bytes', value: 1500 })
      await expect(begin(db, file_id)).rejects.toMatchObject({ code: 'storage_limit_reached' })
    }))
})

describe('an older version', () => {
  it('[FIL-09] is restored as a new one with the same content, which takes no more storage', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { file_id } = await givenFiles.file(db, { organization, uploader: organization.member, checksum: 'a' })
      await version(db, file_id, organization.member, 'b')
      const used = await givenFiles.usedBytes(db, organization)
      const restored = await restore(db, file_id, 1)
      expect(restored).toMatchObject({ version_number: 3, object_path: `${organization.id}/document/${file_id}/1` })
      expect(await restore(db, file_id, 1)).toEqual(restored)
      expect(await present(db, file_id)).toEqual({ version_number: 3, checksum: 'a', state: 'clean' })
      expect(await givenFiles.usedBytes(db, organization)).toBe(used)
    }))

  it('[FIL-09] goes when there are more than are kept, never the present one, and its object with it', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { file_id } = await givenFiles.file(db, { organization, uploader: organization.member, checksum: 'a' })
      for (const checksum of ['b', 'c', 'd']) await version(db, file_id, organization.member, checksum)
      const trim = () => db.asOwner(() => db.row(`select private.trim_versions(100) as count`))
      expect(await trim()).toEqual({ count: 0 })
      await db.asOwner(() => db.exec(`update private.settings set value = '2' where key = 'files.keep_versions'`))
      expect(await trim()).toEqual({ count: 2 })
      expect(await numbers(db, file_id)).toEqual([3, 4])
      const gone = await db.asOwner(() =>
        db.rows(
          'select object_path from private.file_objects where organization_id = $1 and unreferenced_at is not null order by 1',
          [organization.id],
        ),
      )
      expect(gone).toEqual([1, 2].map((n) => ({ object_path: `${organization.id}/document/${file_id}/${n}` })))
    }))
})

it('[FIL-06] a file keeps the ending of its name, which the scan compared with the content', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    const { file_id } = await givenFiles.file(db, { organization, uploader: organization.member })
    await db.actAs(organization.member)
    const rename = (name: string) => db.exec('update public.files set name = $2 where id = $1', [file_id, name])
    expect(await rename('Our terms.PDF')).toBe(1)
    for (const name of ['Terms.html', 'Terms', 'Terms.pdf.html']) {
      await expect(rename(name), name).rejects.toMatchObject({ status: 422, code: 'file_name_invalid' })
    }
  }))
