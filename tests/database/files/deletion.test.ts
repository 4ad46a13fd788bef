import { describe, expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { type GivenUpload, givenFiles } from '../../support/given_files.ts'

const call = async (db: Database, who: Person, name: 'delete_file' | 'restore_file', file: GivenUpload) => {
  await db.actAs(who)
  return db.row<{ state: string; deleted_at: unknown }>(`select * from public.${name}($1)`, [file.file_id])
}
const change = (db: Database, columns: string, file: GivenUpload) =>
  db.asOwner(() => db.exec(`update public.files set ${columns} where id = $1`, [file.file_id]))
const runJob = (db: Database, name: string) =>
  db.asOwner(async () => Number((await db.row<{ count: string }>(`select private.${name}(100) as count`)).count))
const countOf = (db: Database, table: string) =>
  db.asOwner(async () => Number((await db.row<{ count: string }>(`select count(*) from ${table}`)).count))
const objectsToRemove = (db: Database) =>
  db.asOwner(() => db.rows<{ object_path: string }>('select * from private.claim_object_removals(100)'))
const forget = (db: Database, file: GivenUpload) =>
  db.asOwner(async () => {
    const { count } = await db.row<{ count: number }>('select private.finish_object_removals($1, array[$2]) as count', [
      file.bucket_id,
      file.object_path,
    ])
    return count
  })

describe('deleting a file', () => {
  it('[FIL-05] hides its content at once, and restoring brings it back', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const file = await givenFiles.file(db, { organization, uploader: organization.member })
      const readable = async () => {
        await db.actAs(organization.member)
        return (await db.rows('select from storage.objects where name = $1', [file.object_path])).length === 1
      }
      expect((await call(db, organization.member, 'delete_file', file)).state).toBe('deleted')
      expect((await call(db, organization.member, 'delete_file', file)).state).toBe('deleted')
      expect(await readable()).toBe(false)
      await expect(call(db, organization.member, 'restore_file', file)).rejects.toMatchObject({
        code: 'permission_missing',
      })
      expect((await call(db, organization.admin, 'restore_file', file)).state).toBe('clean')
      expect((await call(db, organization.admin, 'restore_file', file)).state).toBe('clean')
      expect(await readable()).toBe(true)
    }))

  it('[FIL-05] is for who uploaded it, and for who manages files', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const file = await givenFiles.file(db, { organization, uploader: organization.member })
      const { person: colleague } = await given.member(db, { organization })
      await expect(call(db, colleague, 'delete_file', file)).rejects.toMatchObject({ code: 'permission_missing' })
      const { owner: stranger } = await given.organization(db)
      await expect(call(db, stranger, 'delete_file', file)).rejects.toMatchObject({ code: 'file_not_found' })
      const secret = await givenFiles.file(db, {
        organization,
        category: 'chat_attachment',
        uploader: organization.member,
      })
      await expect(call(db, colleague, 'delete_file', secret)).rejects.toMatchObject({ code: 'file_not_found' })
      expect((await call(db, organization.admin, 'delete_file', file)).state).toBe('deleted')
    }))

  it('gives up an upload that was not finished, with its room', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.member)
      const upload = await givenFiles.upload(db, { organization })
      expect(await givenFiles.usedBytes(db, organization)).toBe(1000)
      await call(db, organization.member, 'delete_file', upload)
      expect(await countOf(db, 'public.files')).toBe(0)
      expect(await objectsToRemove(db)).toMatchObject([{ object_path: upload.object_path }])
      expect(await forget(db, upload)).toBe(1)
      expect(await givenFiles.usedBytes(db, organization)).toBe(0)
    }))

  it('is refused while the law has the file kept, for jobs too', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const file = await givenFiles.file(db, { organization, uploader: organization.member })
      await change(db, `retention_ends_at = now() + interval '1 day'`, file)
      await expect(call(db, organization.owner, 'delete_file', file)).rejects.toMatchObject({ code: 'file_retained' })
      await db.actAs('postgres')
      await expect(db.exec('delete from public.files')).rejects.toMatchObject({ code: 'file_retained' })
      await expect(change(db, `expires_at = now()`, file)).rejects.toMatchObject({ sqlstate: '23514' })
      // What is gone with its organization is another matter.
      expect(await db.exec('delete from public.organizations where id = $1', [organization.id])).toBe(1)
    }))
})

describe('the purge', () => {
  it('[FIL-05] removes a deleted file when nobody can restore it any more, and its object before the row of it', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const file = await givenFiles.file(db, { organization, uploader: organization.member })
      await call(db, organization.member, 'delete_file', file)
      await change(db, `deleted_at = now() - interval '29 days'`, file)
      expect(await runJob(db, 'purge_files')).toBe(0)
      await change(db, `deleted_at = now() - interval '30 days'`, file)
      await expect(call(db, organization.admin, 'restore_file', file)).rejects.toMatchObject({ code: 'file_not_found' })
      expect(await runJob(db, 'purge_files')).toBe(1)
      expect(
        await db.asOwner(() => db.rows(`select from private.jobs where kind = 'file.remove_objects'`)),
      ).toHaveLength(1)
      expect(await objectsToRemove(db)).toMatchObject([{ object_path: file.object_path }])
      // Storage has it still: its bytes count, and it is removed again.
      expect(await forget(db, file)).toBe(0)
      expect(await givenFiles.usedBytes(db, organization)).toBe(1000)
      expect(await objectsToRemove(db)).toHaveLength(1)
      await givenFiles.noObject(db, file)
      expect(await forget(db, file)).toBe(1)
      expect(await givenFiles.usedBytes(db, organization)).toBe(0)
    }))

  it('leaves what is in an object that equal files share until the last of them is gone', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const first = await givenFiles.file(db, { organization, uploader: organization.member })
      const second = await givenFiles.file(db, { organization, uploader: organization.admin, name: 'Same.pdf' })
      const { object_path: shared } = await db.asOwner(() =>
        db.row<{ object_path: string }>('select object_path from public.file_versions where file_id = $1', [
          second.file_id,
        ]),
      )
      expect(shared).toBe(first.object_path)
      // The second one's own object goes at once.
      expect(await objectsToRemove(db)).toMatchObject([{ object_path: second.object_path }])
      await givenFiles.noObject(db, second)
      expect(await forget(db, second)).toBe(1)
      expect(await givenFiles.usedBytes(db, organization)).toBe(1000)
      await change(db, `state = 'deleted', deleted_at = now() - interval '40 days'`, first)
      await runJob(db, 'purge_files')
      expect(await objectsToRemove(db)).toEqual([])
      await db.actAs(organization.member)
      expect(await db.rows('select from storage.objects where name = $1', [shared])).toHaveLength(1)
      await change(db, `state = 'deleted', deleted_at = now() - interval '40 days'`, second)
      await runJob(db, 'purge_files')
      expect(await objectsToRemove(db)).toMatchObject([{ object_path: shared }])
    }))

  it('shares nothing with another organization, another bucket, or an object that is on its way out', () =>
    withRollback(async (db) => {
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      const pathOf = async (file: GivenUpload) =>
        (
          await db.asOwner(() =>
            db.row<{ object_path: string }>('select object_path from public.file_versions where file_id = $1', [
              file.file_id,
            ]),
          )
        ).object_path
      const first = await givenFiles.file(db, { organization: ours, uploader: ours.member })
      for (const options of [
        { organization: theirs, uploader: theirs.member },
        { organization: ours, uploader: ours.member, category: 'deck' },
        { organization: ours, uploader: ours.member, checksum: 'b' },
      ]) {
        const file = await givenFiles.file(db, options)
        expect(await pathOf(file)).toBe(file.object_path)
      }
      await change(db, `state = 'deleted', deleted_at = now() - interval '40 days'`, first)
      await runJob(db, 'purge_files')
      const last = await givenFiles.file(db, { organization: ours, uploader: ours.member })
      expect(await pathOf(last)).toBe(last.object_path)
    }))

  it('finds what is in a shared object infected wherever it is', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const first = await givenFiles.file(db, { organization, uploader: organization.member })
      await givenFiles.file(db, { organization, uploader: organization.admin })
      await givenFiles.scan(db, { upload: first, outcome: 'infected' })
      await db.actAs('postgres')
      expect(await db.rows('select state::text as state from public.files')).toEqual([
        { state: 'infected' },
        { state: 'infected' },
      ])
    }))

  it('leaves objects of an organization that is gone to Storage, which removes them', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const file = await givenFiles.file(db, { organization, uploader: organization.member })
      await db.asOwner(() => db.exec('delete from public.organizations where id = $1', [organization.id]))
      expect(await objectsToRemove(db)).toMatchObject([{ object_path: file.object_path }])
      await givenFiles.noObject(db, file)
      expect(await forget(db, file)).toBe(1)
    }))
})

describe('time', () => {
  it('gives up uploads that were not finished, and deletes for good what was to be kept for a time', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.member)
      const late = await givenFiles.upload(db, { organization })
      const young = await givenFiles.upload(db, { organization })
      const expiring = await givenFiles.file(db, { organization, uploader: organization.member })
      const infected = await givenFiles.file(db, { organization, uploader: organization.member, outcome: 'infected' })
      expect(await runJob(db, 'expire_files')).toBe(0)
      await db.asOwner(() =>
        db.exec(`alter table public.files disable trigger t300_guard_change;
          alter table public.files disable trigger t100_set_updated_at`),
      )
      await change(db, `created_at = now() - interval '25 hours'`, late)
      await change(db, `expires_at = now() - interval '1 minute'`, expiring)
      await change(db, `updated_at = now() - interval '31 days'`, infected)
      await db.asOwner(() =>
        db.exec(`alter table public.files enable trigger t300_guard_change;
          alter table public.files enable trigger t100_set_updated_at`),
      )
      expect(await runJob(db, 'expire_files')).toBe(3)
      await expect(call(db, organization.admin, 'restore_file', expiring)).rejects.toMatchObject({
        code: 'file_not_found',
      })
      expect((await call(db, organization.admin, 'restore_file', infected)).state).toBe('infected')
      expect(await runJob(db, 'purge_files')).toBe(1)
      await db.actAs('postgres')
      expect(new Set((await db.rows<{ id: string }>('select id from public.files')).map(({ id }) => id))).toEqual(
        new Set([young.file_id, infected.file_id]),
      )
    }))
})

describe('states', () => {
  it('go only the way that a file goes', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.member)
      const upload = await givenFiles.upload(db, { organization })
      await db.actAs('postgres')
      const set = (table: string, column: string, state: string) =>
        db.exec(`update public.${table} set state = '${state}' where ${column} = $1`, [upload.file_id])
      await expect(set('file_versions', 'file_id', 'clean')).rejects.toMatchObject({ code: 'file_state_invalid' })
      await expect(set('files', 'id', 'infected')).rejects.toMatchObject({ code: 'file_state_invalid' })
      await givenFiles.object(db, upload)
      await givenFiles.scan(db, { upload, outcome: 'infected' })
      // What was found infected stays so, whatever a later scan says.
      await givenFiles.scan(db, { upload, outcome: 'clean' })
      await expect(set('file_versions', 'file_id', 'clean')).rejects.toMatchObject({ code: 'file_state_invalid' })
      await expect(db.exec('update public.files set uploaded_by = $1', [organization.admin.id])).rejects.toMatchObject({
        code: 'column_protected',
      })
      expect(await db.rows('select state::text as state from public.files')).toEqual([{ state: 'infected' }])
    }))
})
