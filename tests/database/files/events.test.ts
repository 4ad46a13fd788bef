import { expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { givenFiles } from '../../support/given_files.ts'

const told = (db: Database) =>
  db.asOwner(() =>
    db.rows<{ topic: string; event: unknown }>(
      `select payload ->> 'topic' as topic, payload -> 'event' as event from private.jobs where kind = 'files.probe'
       order by id`,
    ),
  )

it('tells of files on topics and on the channel of the organization, with ids alone', () =>
  withRollback(async (db) => {
    await db.exec(`select private.subscribe('file.*', 'files.probe')`)
    const organization = await given.organization(db)
    const clean = await givenFiles.file(db, { organization, uploader: organization.member })
    const bad = await givenFiles.file(db, { organization, uploader: organization.member, outcome: 'infected' })
    for (let round = 0; round < 2; round += 1) {
      await db.actAs(organization.member)
      await db.exec('select public.delete_file($1)', [clean.file_id])
    }
    expect(await told(db)).toEqual([
      { topic: 'file.clean', event: { file_id: clean.file_id, version_number: 1 } },
      { topic: 'file.infected', event: { file_id: bad.file_id, version_number: 1 } },
      { topic: 'file.deleted', event: { file_id: clean.file_id } },
    ])
    const sent = await db.asOwner(() =>
      db.rows<{ topic: string; payload: { file_id: string; state: string } }>(
        `select topic, payload - 'id' as payload from realtime.messages where event = 'file_changed' order by inserted_at, id`,
      ),
    )
    expect(new Set(sent.map(({ topic }) => topic.split(':').slice(0, 2).join(':')))).toEqual(
      new Set([`organization:${organization.id}`]),
    )
    const states = sent.filter(({ payload }) => payload.file_id === clean.file_id).map(({ payload }) => payload.state)
    expect(states.sort()).toEqual(['clean', 'deleted', 'quarantined'])
    for (const { payload } of sent) expect(Object.keys(payload).sort()).toEqual(['file_id', 'state'])
  }))

it('[AUD-06] counts a download and writes it to the audit log, with who it was', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    const { person: viewer } = await given.member(db, { organization, role: 'viewer' })
    const file = await givenFiles.file(db, { organization, uploader: organization.member })
    const before = await db.asOwner(() => db.row<{ updated_at: string }>('select updated_at::text from public.files'))
    await db.actAs(viewer)
    const version = await db.row('select object_path, bucket_id from public.record_file_download($1)', [file.file_id])
    expect(version).toEqual({ object_path: file.object_path, bucket_id: 'documents' })
    await db.actAs('postgres')
    expect(
      await db.rows(
        `select action, object_type, object_id, organization_id, actor_kind::text as actor_kind, actor_id, changes
         from public.audit_logs where action = 'download'`,
      ),
    ).toEqual([
      {
        action: 'download',
        object_type: 'files',
        object_id: file.file_id,
        organization_id: organization.id,
        actor_kind: 'user',
        actor_id: viewer.id,
        changes: { version_number: 1 },
      },
    ])
    expect(await db.row('select download_count, last_downloaded_at is not null as has_time from public.files')).toEqual(
      {
        download_count: 1,
        has_time: true,
      },
    )
    // A download changes nothing of the file.
    expect(await db.row('select updated_at::text from public.files')).toEqual(before)
  }))

it('[AUD-06] [A11-10] downloads nothing that is not clean, and nothing for strangers', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    const download = (id: string) => expect(db.rows('select public.record_file_download($1)', [id])).rejects
    await db.actAs(organization.member)
    const upload = await givenFiles.upload(db, { organization })
    await download(upload.file_id).toMatchObject({ status: 409, code: 'file_not_clean' })
    await givenFiles.object(db, upload)
    await download(upload.file_id).toMatchObject({ status: 409, code: 'file_not_clean' })
    await givenFiles.scan(db, { upload, outcome: 'infected' })
    await download(upload.file_id).toMatchObject({ status: 409, code: 'file_not_clean' })
    const file = await givenFiles.file(db, { organization, uploader: organization.member })
    await db.actAs((await given.organization(db)).owner)
    await download(file.file_id).toMatchObject({ status: 404, code: 'file_not_found' })
    await db.actAs(organization.member)
    await db.exec('select public.delete_file($1)', [file.file_id])
    await download(file.file_id).toMatchObject({ status: 404, code: 'file_not_found' })
    await db.actAs('postgres')
    expect(await db.rows(`select from public.audit_logs where action = 'download'`)).toEqual([])
  }))

it('writes what happens to a file to the audit log, downloads of it apart', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    const file = await givenFiles.file(db, { organization, uploader: organization.member })
    await db.actAs(organization.member)
    await db.exec(`update public.files set name = 'Renamed.pdf'`)
    const changes = await db.asOwner(() =>
      db.rows<{ action: string; state: string | null; name: string | null }>(
        `select action, changes #>> '{after,state}' as state, changes #>> '{after,name}' as name
         from public.audit_logs where object_type = 'files' and object_id = $1 order by id`,
        [file.file_id],
      ),
    )
    expect(changes).toEqual([
      { action: 'create', state: 'uploading', name: 'Terms.pdf' },
      { action: 'update', state: 'quarantined', name: null },
      { action: 'update', state: 'clean', name: null },
      { action: 'update', state: null, name: 'Renamed.pdf' },
    ])
  }))
