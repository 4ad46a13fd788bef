import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { givenFiles } from '../../support/given_files.ts'

const stateOf = async (db: Database, fileId: string) =>
  (
    await db.asOwner(() =>
      db.row<{ state: string }>('select state::text as state from public.files where id = $1', [fileId]),
    )
  ).state

const jobsOf = (db: Database, kind: string) =>
  db.asOwner(() => db.rows<{ payload: unknown }>('select payload from private.jobs where kind = $1', [kind]))

describe('an upload', () => {
  it('[FIL-01] [A11-10] goes through quarantine: others read it when it is clean', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.member)
      const upload = await givenFiles.upload(db, { organization })
      expect(upload.bucket_id).toBe('documents')
      expect(upload.object_path).toBe(`${organization.id}/document/${upload.file_id}/1`)
      const sees = async (who: typeof organization.member) => {
        await db.actAs(who)
        return db.rows('select from storage.objects where name = $1', [upload.object_path])
      }
      await givenFiles.object(db, upload, { owner: organization.member, sizeBytes: 900 })
      expect(await stateOf(db, upload.file_id)).toBe('quarantined')
      expect(await jobsOf(db, 'file.scan')).toEqual([{ payload: { file_id: upload.file_id, version_number: 1 } }])
      for (const who of [organization.member, organization.owner]) expect(await sees(who)).toHaveLength(0)
      await givenFiles.scan(db, { upload, sizeBytes: 900 })
      expect(await sees(organization.owner)).toHaveLength(1)
      expect(await sees((await given.organization(db)).owner)).toHaveLength(0)
      expect(
        await db.asOwner(() =>
          db.row('select state::text as state, size_bytes::int as size, media_type, checksum from public.files'),
        ),
      ).toEqual({ state: 'clean', size: 900, media_type: 'application/pdf', checksum: 'a'.repeat(64) })
    }))

  it('[A11-10] that is infected is read by nobody, its uploader included', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const file = await givenFiles.file(db, { organization, uploader: organization.member, outcome: 'infected' })
      for (const who of [organization.member, organization.owner]) {
        await db.actAs(who)
        expect(await db.rows('select from storage.objects where name = $1', [file.object_path])).toEqual([])
        expect(await db.rows('select from public.files')).toHaveLength(1)
      }
    }))

  it('[FIL-06] is refused with the reason before anything is sent', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.member)
      const refused = (options: Partial<Parameters<typeof givenFiles.upload>[1]>) =>
        expect(givenFiles.upload(db, { organization, ...options })).rejects
      await refused({ mediaType: 'application/x-msdownload' }).toMatchObject({
        status: 415,
        code: 'file_type_not_allowed',
      })
      await refused({ sizeBytes: 25 * 1024 * 1024 + 1 }).toMatchObject({ status: 413, code: 'file_too_large' })
      await refused({ sizeBytes: 0 }).toMatchObject({ status: 422, code: 'file_empty' })
      for (const name of ['', '..', 'a/b.pdf', 'a\\b.pdf', 'a\nb.pdf', 'x'.repeat(256)]) {
        await refused({ name }).toMatchObject({ status: 422, code: 'file_name_invalid' })
      }
      // Made by the backend alone.
      await refused({ category: 'export', mediaType: 'text/csv' }).toMatchObject({ code: 'file_category_unknown' })
      await givenFiles.upload(db, { organization, sizeBytes: 25 * 1024 * 1024 })
      await givenFiles.upload(db, { organization, category: 'deck', sizeBytes: 50 * 1024 * 1024 })
    }))

  it('[FIL-06] whose content is not what its category takes is isolated, whatever it was announced as', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.member)
      const upload = await givenFiles.upload(db, { organization })
      await givenFiles.object(db, upload)
      await givenFiles.scan(db, { upload, mediaType: 'application/x-msdownload' })
      expect(await stateOf(db, upload.file_id)).toBe('infected')
    }))

  it('needs the permission, in the organization', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { person: viewer } = await given.member(db, { organization, role: 'viewer' })
      await db.actAs(viewer)
      await expect(givenFiles.upload(db, { organization })).rejects.toMatchObject({ code: 'permission_missing' })
      await db.actAs((await given.organization(db)).owner)
      await expect(givenFiles.upload(db, { organization })).rejects.toMatchObject({ code: 'organization_not_found' })
    }))
})

describe('an object that a person puts into Storage', () => {
  it('[A11-10] is refused where no upload was begun, and where somebody else began one', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.exec(`insert into storage.buckets (id, name) values ('documents', 'documents') on conflict do nothing`)
      await db.actAs(organization.member)
      const upload = await givenFiles.upload(db, { organization })
      const put = (path: string, bucket = 'documents') =>
        db.exec(`insert into storage.objects (bucket_id, name, owner_id) values ($1, $2, $3)`, [
          bucket,
          path,
          organization.member.id,
        ])
      await expect(put(`${organization.id}/x.pdf`)).rejects.toMatchObject({ sqlstate: '42501' })
      await expect(put(`${upload.object_path}/x.pdf`)).rejects.toMatchObject({ sqlstate: '42501' })
      await db.actAs(organization.admin)
      await expect(put(upload.object_path)).rejects.toMatchObject({ sqlstate: '42501' })
      await db.actAs(organization.member)
      expect(await put(upload.object_path)).toBe(1)
    }))

  it('[A11-10] is refused when it comes late or larger than announced, past the policies too', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.member)
      const upload = await givenFiles.upload(db, { organization, sizeBytes: 1000 })
      const owner = organization.member
      await expect(givenFiles.object(db, upload, { owner, sizeBytes: 1001 })).rejects.toMatchObject({
        sqlstate: '42501',
      })
      await expect(givenFiles.object(db, upload, { owner, sizeBytes: 0 })).rejects.toMatchObject({ sqlstate: '42501' })
      await expect(givenFiles.object(db, upload, { owner: organization.admin, sizeBytes: 1000 })).rejects.toMatchObject(
        { sqlstate: '42501' },
      )
      await givenFiles.object(db, upload, { owner, sizeBytes: 1000 })
      await givenFiles.noObject(db, upload)
      await expect(givenFiles.object(db, upload, { owner, sizeBytes: 1000 })).rejects.toMatchObject({
        sqlstate: '42501',
      })
    }))
})

describe('a file that the backend makes', () => {
  it('is clean at once, or when its object arrives where its size is not known before', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs('service_role')
      const register = (size: number | null) =>
        db.row<{ id: string; state: string }>(
          `select * from public.register_file($1, 'exports', 'export', 'People.csv', 'text/csv', $2::int, null,
             uploaded_by => $3, state => 'clean')`,
          [organization.id, size, organization.member.id],
        )
      expect((await register(12)).state).toBe('clean')
      const { id, state } = await register(null)
      expect(state).toBe('uploading')
      await givenFiles.object(
        db,
        { bucket_id: 'exports', object_path: `${organization.id}/export/${id}/1` },
        { sizeBytes: 34 },
      )
      expect(await stateOf(db, id)).toBe('clean')
      expect(await givenFiles.usedBytes(db, organization)).toBe(46)
      expect(await jobsOf(db, 'file.scan')).toEqual([])
      // Private: for who asked for it, and for managers.
      for (const [who, count] of [
        [organization.member, 2],
        [organization.admin, 2],
      ] as const) {
        await db.actAs(who)
        expect(await db.rows('select from public.files')).toHaveLength(count)
      }
      await db.actAs((await given.member(db, { organization })).person)
      expect(await db.rows('select from public.files')).toHaveLength(0)
      expect(await db.rows('select from public.file_versions')).toHaveLength(0)
      expect(await db.rows(`select from storage.objects where bucket_id = 'exports'`)).toHaveLength(0)
    }))
})
