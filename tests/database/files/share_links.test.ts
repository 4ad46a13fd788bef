import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { givenFiles } from '../../support/given_files.ts'

interface Made {
  readonly link_id: string
  readonly token: string
}

async function givenLink(
  db: Database,
  organization: GivenOrganization,
  options: { password?: string; limit?: number; expires?: string } = {},
) {
  const { file_id } = await givenFiles.file(db, { organization, uploader: organization.member })
  await db.actAs(organization.member)
  const made = await db.row<Made>(`select * from public.create_share_link($1, ${options.expires ?? 'null'}, $2, $3)`, [
    file_id,
    options.password ?? null,
    options.limit ?? null,
  ])
  return { ...made, file_id }
}

/** Opens a link as the backend does for somebody. */
const open = async (db: Database, token: string, options: { password?: string; doesDownload?: boolean } = {}) => {
  const { answer } = await db.asOwner(async () => {
    await db.exec('set local role service_role')
    try {
      return await db.row<{ answer: Record<string, unknown> }>(
        `select public.open_share_link($1, $2, $3, '203.0.113.7', 'Mozilla/5.0') as answer`,
        [token, options.password ?? null, options.doesDownload ?? false],
      )
    } finally {
      await db.exec('reset role')
    }
  })
  return answer
}

const link = (db: Database, id: string) =>
  db.row('select view_count, download_count, revoked_at from public.file_share_links where id = $1', [id])

describe('a share link', () => {
  it('[A11-10] gives the file to who has it, counts and audits the download, and logs who looked', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { token, link_id, file_id } = await givenLink(db, organization)
      expect(await open(db, token)).toMatchObject({
        outcome: 'open',
        name: 'Terms.pdf',
        organization: organization.name,
      })
      expect(await open(db, token)).not.toHaveProperty('object_path')
      const path = `${organization.id}/document/${file_id}/1`
      expect(await open(db, token, { doesDownload: true })).toMatchObject({ bucket_id: 'documents', object_path: path })
      expect(await link(db, link_id)).toMatchObject({ view_count: 2, download_count: 1 })
      const views = await db.rows('select event, address_hash, user_agent from public.file_share_views order by id')
      expect(views.map(({ event }) => event)).toEqual(['viewed', 'viewed', 'downloaded'])
      expect(JSON.stringify(views)).not.toContain('203.0.113')
      await db.actAs(organization.admin)
      const audited = await db.rows(
        `select changes from public.audit_logs where action = 'download' and object_id = $1`,
        [file_id],
      )
      expect(audited).toEqual([{ changes: { version_number: 1, share_link_id: link_id } }])
    }))

  it('[A11-10] with a password tells nothing before it, and refuses a wrong one', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { token, link_id } = await givenLink(db, organization, { password: 'correct horse' })
      expect(Object.keys(await open(db, token, { doesDownload: true })).sort()).toEqual(['expires_at', 'outcome'])
      expect(await open(db, token, { password: 'wrong horse', doesDownload: true })).toEqual({
        outcome: 'password_wrong',
      })
      expect(await open(db, token, { password: 'correct horse', doesDownload: true })).toMatchObject({
        outcome: 'open',
        bucket_id: 'documents',
      })
      expect(await link(db, link_id)).toMatchObject({ view_count: 1, download_count: 1 })
      const secrets = await db.asOwner(() => db.rows('select * from private.file_share_secrets'))
      expect(JSON.stringify(secrets)).not.toContain('correct horse')
      expect(JSON.stringify(secrets)).not.toContain(token)
    }))

  it.each([
    ['was revoked', (id: string) => `select public.revoke_share_link('${id}')`],
    ['expired', () => `update public.file_share_links set created_at = now() - interval '2 days', expires_at = now()`],
    ['is of a deleted file', () => `update public.files set state = 'deleted', deleted_at = now()`],
    ['is of an infected file', () => `update public.file_versions set state = 'infected'`],
    [
      'is of a suspended organization',
      () => `update public.organizations set suspended_at = now(), suspension_reason = 'Unpaid'`,
    ],
  ])('that %s looks like one that never was', (_what, change) =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { token, link_id } = await givenLink(db, organization)
      if (change(link_id).startsWith('select')) await db.rows(change(link_id))
      else await db.asOwner(() => db.exec(change(link_id)))
      expect(await open(db, token, { doesDownload: true })).toEqual({ outcome: 'not_found' })
      expect(await open(db, 'no such token')).toEqual({ outcome: 'not_found' })
    }),
  )

  it('ends with its last download', () =>
    withRollback(async (db) => {
      const { token } = await givenLink(db, await given.organization(db), { limit: 2 })
      for (const outcome of ['open', 'open', 'not_found']) {
        expect(await open(db, token, { doesDownload: true })).toMatchObject({ outcome })
      }
    }))

  it('is made by who may change the file, of a clean file, for a while', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const make = (file: string, expires = 'null', password: string | null = null) =>
        db.row(`select * from public.create_share_link($1, ${expires}, $2)`, [file, password])
      const { file_id } = await givenFiles.file(db, { organization, uploader: organization.admin })
      await db.actAs(organization.member)
      await expect(make(file_id)).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await db.actAs(organization.admin)
      for (const expires of ['now()', `now() + interval '31 days'`]) {
        await expect(make(file_id, expires)).rejects.toMatchObject({ code: 'share_link_expiry_invalid' })
      }
      await expect(make(file_id, 'null', 'short')).rejects.toMatchObject({ code: 'share_link_password_invalid' })
      const waiting = await givenFiles.upload(db, { organization })
      await expect(make(waiting.file_id)).rejects.toMatchObject({ status: 409, code: 'file_not_clean' })
    }))

  it('is revoked by who made it and who manages files, again without effect', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { link_id } = await givenLink(db, organization)
      const revoke = () => db.row('select * from public.revoke_share_link($1)', [link_id])
      await db.actAs((await given.member(db, { organization })).person)
      await expect(revoke()).rejects.toMatchObject({ status: 404, code: 'share_link_not_found' })
      await db.actAs(organization.admin)
      const revoked = await revoke()
      expect(revoked).toMatchObject({ id: link_id, revoked_at: expect.any(Date) })
      expect(await revoke()).toEqual(revoked)
    }))
})
