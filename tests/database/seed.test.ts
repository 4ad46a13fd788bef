import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { renderDocument } from '../../supabase/functions/_shared/documents/mod.ts'
import { withRollback } from '../support/database.ts'

const seed = await readFile(join(import.meta.dirname, '..', '..', 'supabase', 'seed.sql'), 'utf8')

it('[PLT-37] seeds people who can sign in and organizations they belong to, and nothing twice', () =>
  withRollback(async (db) => {
    const counts = () =>
      db.row(`select (select count(*) from auth.users) as users, (select count(*) from auth.identities) as identities,
        (select count(*) from public.organizations) as organizations, (select count(*) from public.memberships) as members,
        (select count(*) from public.invitations) as invitations, (select count(*) from public.consents) as consents,
        (select count(*) from public.user_onboarding) as steps, (select count(*) from public.api_keys) as keys,
        (select count(*) from public.ownership_transfers) as transfers,
        (select count(*) from public.document_template_versions where organization_id is not null) as letters,
        (select count(*) from public.audit_logs where action like 'login%') as sign_ins,
        (select sum(granted_count - clawed_back_count) from public.credit_purchases) as credits_bought,
        (select count(*) from public.usage_days) as usage_days`)
    await db.exec(seed)
    const first = await counts()
    expect(first).toEqual({
      ...{ users: '4', identities: '4', organizations: '6', members: '10', invitations: '1' },
      ...{ consents: '3', steps: '2', keys: '1', transfers: '1', sign_ins: '2', letters: '1' },
      ...{ credits_bought: '500', usage_days: '90' },
    })
    await db.exec(seed)
    expect(await counts()).toEqual(first)
    expect(
      await db.rows(
        `select email from auth.users
         where encrypted_password <> extensions.crypt('atrium-demo-1', encrypted_password) or email_confirmed_at is null
           or confirmation_token is null or recovery_token is null or email_change is null`,
      ),
    ).toEqual([])
    expect(await db.rows('select name from public.organizations where owner_count <> 1')).toEqual([])
    // The key as its documentation writes it.
    const body = `atk_demo_5eed0001_${'0'.repeat(48)}`
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
    const key = body + sha256(body).slice(0, 6)
    expect(await db.row('select scopes from private.resolve_api_key($1, null)', [sha256(key)])).toEqual({
      scopes: ['organization.read', 'members.read'],
    })
  }))

it('[PLT-37] seeds a template of documents whose preview goes well', () =>
  withRollback(async (db) => {
    await db.exec(seed)
    const { kind, title_source, body_source } = await db.row<Record<'kind' | 'title_source' | 'body_source', string>>(
      `select kind, title_source, body_source from public.document_template_versions
       join public.document_templates on document_templates.id = document_template_versions.template_id
       where document_template_versions.organization_id is not null`,
    )
    const rendered = await renderDocument({
      template: {
        kind,
        titleSource: title_source,
        bodySource: body_source,
        page: { size: 'A4', orientation: 'portrait' },
      },
      branding: { name: 'Analytical Estates', primaryColor: '#0b3d2e', footer: null, country: 'NG' },
      images: new Map(),
      locale: { locale: 'en-NG', timeZone: 'Africa/Lagos' },
      createdAt: new Date('2026-11-21T10:00:00Z'),
    })
    expect(rendered).toMatchObject({ pageCount: 1, missingCharacters: [] })
  }))
