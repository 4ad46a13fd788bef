import { describe, expect, it } from 'vitest'
import { documentKinds, renderDocument } from '../../../supabase/functions/_shared/documents/mod.ts'
import { type Database, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { givenFiles } from '../../support/given_files.ts'
import { readPdf } from '../../support/read_pdf.ts'

interface Version {
  readonly id: string
  readonly version_number: number
  readonly state: string
  readonly checked_at: string | null
}

const save = (db: Database, organization: GivenOrganization, body = '<p>{{ subject }}</p>') =>
  db.row<Version>(
    `select id, version_number, state::text as state, checked_at::text as checked_at
     from public.save_document_template($1, 'letter', 'Allocation letter', '{{ subject }}', $2)`,
    [organization.id, body],
  )

/** What a preview does: renders, and says that it went well. */
const check = (db: Database, { id }: Version) =>
  db.asOwner(async () => {
    const { marked } = await db.row<{ marked: boolean }>(
      `select public.mark_document_version_checked(id, private.document_source_hash(document_template_versions)) as marked
       from public.document_template_versions where id = $1`,
      [id],
    )
    return marked
  })

const publish = (db: Database, { id }: Version) =>
  db.row<Version>(
    `select id, version_number, state::text as state, checked_at::text as checked_at
     from public.publish_document_template($1)`,
    [id],
  )

interface GenerateOptions {
  readonly data?: object
  readonly key?: string | null
  readonly expiresOn?: string | null
  readonly locale?: string
  readonly kind?: string
}

const generate = async (db: Database, organization: GivenOrganization, options: GenerateOptions = {}) => {
  const { data = { subject: 'x' }, key = null, expiresOn = null, locale = 'en', kind = 'letter' } = options
  const { id } = await db.row<{ id: string }>(
    `select public.generate_document($1, $2, $3::text::jsonb, $4, null, $5::text::date, $6) as id`,
    [organization.id, kind, JSON.stringify(data), locale, expiresOn, key],
  )
  return id
}

const versionOf = (db: Database, renderId: string) =>
  db.asOwner(() =>
    db.row<{ organization_id: string | null; locale: string }>(
      `select document_template_versions.organization_id, document_templates.locale
       from public.document_renders
       join public.document_template_versions on document_template_versions.id = document_renders.template_version_id
       join public.document_templates on document_templates.id = document_template_versions.template_id
       where document_renders.id = $1`,
      [renderId],
    ),
  )

describe('templates of documents', () => {
  it('[FIL-13] [A9-10] are drafted, looked at, published and replaced', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.admin)
      const draft = await save(db, organization)
      expect(draft).toMatchObject({ version_number: 1, state: 'draft' })
      expect(await save(db, organization, '<p>2</p>')).toMatchObject({ id: draft.id, version_number: 1 })
      await expect(publish(db, draft)).rejects.toMatchObject({ status: 409, code: 'document_template_not_checked' })
      expect(await check(db, draft)).toBe(true)
      // What was looked at is not what it says after a change.
      expect(await save(db, organization, '<p>3</p>')).toMatchObject({ checked_at: null })
      await expect(publish(db, draft)).rejects.toMatchObject({ code: 'document_template_not_checked' })
      await check(db, draft)
      expect(await publish(db, draft)).toMatchObject({ state: 'published' })
      expect(await publish(db, draft)).toMatchObject({ state: 'published' })
      const second = await save(db, organization, '<p>4</p>')
      expect(second).toMatchObject({ version_number: 2, state: 'draft' })
      await check(db, second)
      await publish(db, second)
      expect(
        await db.rows(
          'select version_number, state::text as state from public.document_template_versions where organization_id = $1 order by 1',
          [organization.id],
        ),
      ).toEqual([
        { version_number: 1, state: 'retired' },
        { version_number: 2, state: 'published' },
      ])
      await expect(publish(db, draft)).rejects.toMatchObject({ code: 'document_version_published' })
    }))

  it('[FIL-13] never change once they are published', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.admin)
      const version = await save(db, organization)
      await check(db, version)
      await publish(db, version)
      for (const change of [
        `body_source = '<p>y</p>'`,
        `title_source = 'y'`,
        `page_size = 'LETTER'`,
        `state = 'draft', published_at = null`,
      ]) {
        await expect(
          db.asOwner(() =>
            db.exec(`update public.document_template_versions set ${change} where id = '${version.id}'`),
          ),
        ).rejects.toMatchObject({ status: 409, code: 'document_version_published' })
      }
    }))

  it('are written by members with documents.manage alone, and read in the own organization alone', () =>
    withRollback(async (db) => {
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      await db.actAs(ours.admin)
      const version = await save(db, ours)
      await db.actAs(ours.member)
      await expect(save(db, ours)).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await expect(publish(db, version)).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await db.actAs(theirs.owner)
      await expect(save(db, ours)).rejects.toMatchObject({ status: 404, code: 'organization_not_found' })
      await expect(publish(db, version)).rejects.toMatchObject({ status: 404, code: 'document_template_not_found' })
      const preview = 'select public.get_document_preview($1, $2)'
      await expect(db.row(preview, [version.id, theirs.id])).rejects.toMatchObject({ status: 404 })
      expect(await db.rows('select from public.document_templates where organization_id is not null')).toEqual([])
      const builtIn = await db.row<{ id: string }>(
        'select id from public.document_template_versions where organization_id is null limit 1',
      )
      await expect(publish(db, { ...version, id: builtIn.id })).rejects.toMatchObject({ status: 404 })
      // Nobody looks at a built-in one in another's name either: the branding is not theirs to see.
      await expect(db.row(preview, [builtIn.id, ours.id])).rejects.toMatchObject({ status: 404 })
      await db.row(preview, [builtIn.id, theirs.id])
    }))

  it('[FIL-12] [FIL-13] that are built in make a document of the sample of their kind, in English and French', () =>
    withRollback(async (db) => {
      const templates = await db.rows<{ kind: string; locale: string; title_source: string; body_source: string }>(
        `select kind, locale, title_source, body_source from public.document_template_versions
         join public.document_templates on document_templates.id = document_template_versions.template_id
         where document_templates.organization_id is null and state = 'published' order by kind, locale`,
      )
      expect(templates.map(({ kind, locale }) => `${kind} ${locale}`)).toEqual(
        documentKinds.flatMap(({ kind }) => [`${kind} en`, `${kind} fr`]).sort(),
      )
      for (const { kind, locale, title_source, body_source } of templates) {
        expect(body_source, kind).not.toContain('[[')
        const { bytes, missingCharacters } = await renderDocument({
          template: {
            kind,
            titleSource: title_source,
            bodySource: body_source,
            page: { size: 'A4', orientation: 'portrait' },
          },
          branding: { name: 'Lagoon Estates', primaryColor: null, footer: null, country: 'NG' },
          images: new Map(),
          locale: { locale, timeZone: 'Africa/Lagos' },
          createdAt: new Date('2026-11-21T10:00:00Z'),
        })
        expect(missingCharacters).toEqual([])
        const { pages } = await readPdf(bytes)
        expect(pages[0]?.text).toContain(locale === 'fr' ? 'Page 1 sur' : 'Page 1 of')
        expect(pages[0]?.glyphs.filter(({ number }) => number === 0)).toEqual([])
      }
    }))
})

describe('documents', () => {
  it("are made with the organization's own template before a built-in one, in the language or else in English", () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.admin)
      expect(await versionOf(db, await generate(db, organization))).toEqual({ organization_id: null, locale: 'en' })
      expect(await versionOf(db, await generate(db, organization, { locale: 'fr-CA' }))).toMatchObject({ locale: 'fr' })
      expect(await versionOf(db, await generate(db, organization, { locale: 'hi' }))).toMatchObject({ locale: 'en' })
      const version = await save(db, organization)
      expect(await versionOf(db, await generate(db, organization))).toMatchObject({ organization_id: null })
      await check(db, version)
      await publish(db, version)
      expect(await versionOf(db, await generate(db, organization))).toMatchObject({ organization_id: organization.id })
      await expect(generate(db, organization, { kind: 'poem' })).rejects.toMatchObject({
        status: 404,
        code: 'document_template_not_found',
      })
    }))

  it('are asked for once with one key', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.admin)
      const id = await generate(db, organization, { key: 'k' })
      expect(await generate(db, organization, { key: 'k' })).toBe(id)
      await expect(generate(db, organization, { key: 'k', data: { subject: 'y' } })).rejects.toMatchObject({
        status: 422,
        code: 'idempotency_key_reused',
      })
      expect(await db.asOwner(() => db.rows(`select from private.jobs where kind = 'document.render'`))).toHaveLength(1)
    }))

  it('are asked for by members with documents.manage, and hide what fills them', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.member)
      await expect(generate(db, organization)).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await db.actAs(organization.admin)
      const id = await generate(db, organization)
      expect(await db.rows('select state::text as state from public.document_renders where id = $1', [id])).toEqual([
        { state: 'queued' },
      ])
      await expect(db.rows('select from private.document_merge_data')).rejects.toThrow(/permission denied/)
      await db.actAs((await given.organization(db)).owner)
      expect(await db.rows('select id from public.document_renders')).toEqual([])
    }))

  it('[A9-10] get a file once, forget what filled them, and keep their last day', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.admin)
      const id = await generate(db, organization, { expiresOn: '2027-03-31' })
      await db.asOwner(async () => {
        const begin = `select public.begin_document_file($1, 'Plot 42/Lekki', repeat('b', 64)) as place`
        const { place } = await db.row<{ place: { bucket: string; path: string } }>(begin, [id])
        expect((await db.row<{ place: unknown }>(begin, [id])).place).toEqual(place)
        expect(place.bucket).toBe('documents')
        expect(place.path.startsWith(`${organization.id}/document/`)).toBe(true)
        const finish = `select public.finish_document($1, 'Plot 42', 1) as done`
        expect(await db.row(finish, [id])).toEqual({ done: true })
        expect(await db.row(finish, [id])).toEqual({ done: false })
        expect(
          await db.row('select state::text as state, title, page_count from public.document_renders where id = $1', [
            id,
          ]),
        ).toEqual({ state: 'ready', title: 'Plot 42', page_count: 1 })
        expect(await db.rows('select from private.document_merge_data')).toEqual([])
        expect(
          await db.rows(
            'select name, expires_on::text as expires_on from public.files join public.document_expiries on file_id = id',
          ),
        ).toEqual([{ name: 'Plot 42-Lekki.pdf', expires_on: '2027-03-31' }])
      })
    }))

  it('that nobody makes any more fail, so that nobody waits', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.admin)
      const id = await generate(db, organization)
      await db.asOwner(async () => {
        await db.exec(`update public.document_renders set created_at = now() - interval '1 hour'`)
        expect(await db.row('select private.fail_stuck_documents(10) as count')).toEqual({ count: 0 })
        await db.exec(`delete from private.jobs where kind = 'document.render'`)
        expect(await db.row('select private.fail_stuck_documents(10) as count')).toEqual({ count: 1 })
        expect(
          await db.row('select state::text as state, error_code from public.document_renders where id = $1', [id]),
        ).toEqual({ state: 'failed', error_code: 'document_failed' })
      })
    }))
})

describe('the last day of a document', () => {
  it('[A9-10] is reminded of at the days of the setting and once it is over, each time once', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const file = await givenFiles.file(db, { organization, uploader: organization.member })
      await db.actAs(organization.admin)
      const set = (days: number) =>
        db.exec(`select public.set_document_expiry($1, (now() at time zone 'UTC')::date + $2::int)`, [
          file.file_id,
          days,
        ])
      await set(40)
      const remind = () =>
        db.asOwner(async () => {
          await db.row('select private.remind_document_expiries(100)')
          const rows = await db.rows<{ reminded_days: number | null }>(
            'select reminded_days from public.document_expiries',
          )
          return rows[0]?.reminded_days
        })
      const passes = (days: number) =>
        db.asOwner(() => db.exec(`update public.document_expiries set expires_on = expires_on - ${days}`))
      expect(await remind()).toBeNull()
      await passes(10)
      expect(await remind()).toBe(30)
      expect(await remind()).toBe(30)
      await passes(29)
      expect(await remind()).toBe(1)
      await passes(2)
      expect(await remind()).toBe(0)
      await set(60)
      expect(await remind()).toBeNull()
      await db.actAs(organization.admin)
      await db.exec('select public.set_document_expiry($1, null)', [file.file_id])
      expect(await db.rows('select from public.document_expiries')).toEqual([])
    }))

  it('is set by members with documents.manage, of own files', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const file = await givenFiles.file(db, { organization, uploader: organization.member })
      const set = () => db.exec(`select public.set_document_expiry($1, '2030-01-01')`, [file.file_id])
      await db.actAs(organization.member)
      await expect(set()).rejects.toMatchObject({ status: 403 })
      await db.actAs((await given.organization(db)).owner)
      await expect(set()).rejects.toMatchObject({ status: 404, code: 'file_not_found' })
    }))
})
