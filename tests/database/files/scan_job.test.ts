import { expect, it } from 'vitest'
import { withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { givenFiles } from '../../support/given_files.ts'

it('[FIL-07] tells the scan where an upload is and what it was announced as', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await db.actAs(organization.member)
    const upload = await givenFiles.upload(db, { organization, name: 'Terms.pdf' })
    await givenFiles.object(db, upload, { owner: organization.member })
    await db.actAs('service_role')
    const describe = (fileId: string) => db.rows('select * from public.describe_file_to_scan($1, 1)', [fileId])
    expect(await describe(upload.file_id)).toEqual([
      {
        bucket_id: upload.bucket_id,
        object_path: upload.object_path,
        name: 'Terms.pdf',
        media_type: 'application/pdf',
        state: 'quarantined',
      },
    ])
    expect(await describe(organization.id)).toEqual([])
  }))

it('[FIL-07] has the content of what is infected removed, which then takes no room', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    const used = () =>
      db.asOwner(() =>
        db.row('select used_bytes::int as used from private.file_usage where organization_id = $1', [organization.id]),
      )
    const file = await givenFiles.file(db, { organization, uploader: organization.member, outcome: 'infected' })
    const isolations = await db.asOwner(() =>
      db.rows(`select payload #> '{event,file_id}' as file_id from private.jobs where kind = 'file.isolate'`),
    )
    expect(isolations).toEqual([{ file_id: file.file_id }])
    await db.actAs('service_role')
    const forget = (fileId: string) => db.row('select public.forget_infected_object($1, 1) as is_done', [fileId])
    expect(await forget(file.file_id)).toEqual({ is_done: true })
    expect(await used()).toEqual({ used: 0 })
    expect(await forget(file.file_id)).toEqual({ is_done: true })
    const clean = await givenFiles.file(db, { organization, uploader: organization.member })
    await db.actAs('service_role')
    expect(await forget(clean.file_id)).toEqual({ is_done: false })
    expect(await used()).not.toEqual({ used: 0 })
  }))
