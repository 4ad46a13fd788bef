import { z } from '@hono/zod-openapi'
import { type CallerDatabase, type CallerSql, listRows } from '../database/mod.ts'
import type { PreviewDeps } from '../documents/mod.ts'
import { AppError, defineListing, type ListRequest } from '../http/mod.ts'
import { type ApiCaller, requireScope } from './api_caller.ts'
import { listInOrganization } from './members.ts'
import { instant } from './schemas.ts'

const localeSchema = z
  .string()
  .regex(/^[a-z]{2}(-[A-Z]{2})?$/)
  .openapi({ description: 'Language, with a country where that matters', example: 'en-NG' })

/** A template of documents on the REST face. */
export const documentTemplateSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid().nullable().openapi({ description: 'Null for a built-in one' }),
    kind: z.string().openapi({ example: 'letter' }),
    name: z.string(),
    locale: localeSchema,
    created_at: instant,
    updated_at: instant,
  })
  .openapi('DocumentTemplate')

/** A version of a template on the REST face. */
export const documentVersionSchema = z
  .object({
    id: z.uuid(),
    template_id: z.uuid(),
    version_number: z.number().int(),
    state: z.enum(['draft', 'published', 'retired']),
    title_source: z.string().openapi({ description: 'Liquid that becomes the name' }),
    body_source: z.string().openapi({ description: 'Liquid that becomes the markup' }),
    page_size: z.enum(['A4', 'LETTER']),
    page_orientation: z.enum(['portrait', 'landscape']),
    checked_at: instant.nullable().openapi({ description: 'When a preview of it as it is went well' }),
    published_at: instant.nullable(),
    retired_at: instant.nullable(),
  })
  .openapi('DocumentTemplateVersion')

/** A template with all its versions, newest first. */
export const templateWithVersionsSchema = documentTemplateSchema
  .extend({ versions: z.array(documentVersionSchema) })
  .openapi('DocumentTemplateWithVersions')

/** Body of a template's draft. */
export const newTemplateSchema = z
  .strictObject({
    kind: z.string().max(60).openapi({ example: 'letter' }),
    name: z.string().trim().min(1).max(120).openapi({ example: 'Allocation letter' }),
    locale: localeSchema.default('en'),
    title_source: z.string().min(1).max(500).openapi({ example: '{{ subject }}' }),
    body_source: z.string().min(1).max(50_000).openapi({ example: '<h1>{{ subject }}</h1>' }),
    page_size: z.enum(['A4', 'LETTER']).default('A4'),
    page_orientation: z.enum(['portrait', 'landscape']).default('portrait'),
  })
  .openapi('NewDocumentTemplate')

/** A document on the REST face. */
export const documentSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    template_version_id: z.uuid(),
    kind: z.string(),
    locale: localeSchema,
    state: z.enum(['queued', 'ready', 'failed']),
    title: z.string().nullable(),
    file_id: z.uuid().nullable().openapi({ description: 'The PDF, once the state is ready' }),
    page_count: z.number().int().nullable(),
    data_hash: z.string().openapi({ description: 'SHA-256 of what filled it' }),
    expires_on: z.iso.date().nullable().openapi({ description: 'The last day that it is valid; null for no end' }),
    error_code: z.string().nullable(),
    error_message: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Document')

/** Body of a new document. */
export const newDocumentSchema = z
  .strictObject({
    kind: z.string().max(60).openapi({ example: 'letter' }),
    merge_data: z.record(z.string(), z.unknown()).openapi({ description: 'The fields of the kind' }),
    locale: localeSchema.default('en'),
    template_id: z.uuid().nullable().default(null).openapi({ description: 'Null for the published one of the kind' }),
    expires_on: z.iso.date().nullable().default(null),
  })
  .openapi('NewDocument')

/** Body of a preview. */
export const previewBodySchema = z
  .strictObject({
    version_id: z.uuid(),
    organization_id: z
      .uuid()
      .nullable()
      .default(null)
      .openapi({ description: 'In whose name a built-in one is shown' }),
    merge_data: z.record(z.string(), z.unknown()).optional().openapi({ description: 'The sample of the kind without' }),
    locale: localeSchema.optional(),
  })
  .openapi('DocumentPreview')

/** What callers may ask of the list of templates. */
export const documentTemplateList = defineListing({
  item: documentTemplateSchema,
  filters: { organization_id: ['eq'], kind: ['eq'], locale: ['eq'] },
  sorts: ['name', 'created_at'],
  defaultSort: 'name',
})

/** What callers may ask of the list of documents. */
export const documentList = defineListing({
  item: documentSchema,
  filters: { kind: ['eq', 'in'], state: ['eq', 'in'], created_at: ['gte', 'lt'] },
  sorts: ['created_at'],
  defaultSort: '-created_at',
})

type Deps = { readonly database: CallerDatabase }

/** One page of the templates that the caller may see: the organizations' own and the built-in ones. */
export async function listDocumentTemplates(deps: Deps, caller: ApiCaller, request: ListRequest) {
  requireScope(caller, 'documents.read')
  const rows = await deps.database.asCaller(
    caller.claims,
    (sql) => listRows(sql, 'public.document_templates', request),
    { isReadOnly: true },
  )
  return documentTemplateList.page(request, rows)
}

/** A template with its versions. @throws {AppError} 404 `document_template_not_found` */
export function getDocumentTemplate(deps: Deps, caller: ApiCaller, templateId: string) {
  requireScope(caller, 'documents.read')
  return deps.database.asCaller(
    caller.claims,
    async (sql) => {
      const [template] = await sql`select * from public.document_templates where id = ${templateId}`
      if (!template) {
        throw new AppError(404, 'document_template_not_found', 'Cannot read template: no such template')
      }
      const versions = await sql`
        select * from public.document_template_versions where template_id = ${templateId} order by version_number desc`
      return templateWithVersionsSchema.parse({ ...template, versions })
    },
    { isReadOnly: true },
  )
}

/** Writes a template's draft. @throws {AppError} what `save_document_template` answers */
export function saveDocumentTemplate(
  deps: Deps,
  caller: ApiCaller,
  organizationId: string,
  input: z.output<typeof newTemplateSchema>,
) {
  const { kind, name, title_source, body_source, locale, page_size, page_orientation } = input
  return deps.database.asCaller(caller.claims, async (sql) => {
    const [version] = await sql`
      select * from public.save_document_template(
        ${organizationId}, ${kind}, ${name}, ${title_source}, ${body_source}, ${locale}, ${page_size}, ${page_orientation}
      )`
    return documentVersionSchema.parse(version)
  })
}

/** Publishes a version that was looked at. @throws {AppError} what `publish_document_template` answers */
export function publishDocumentTemplate(deps: Deps, caller: ApiCaller, versionId: string) {
  return deps.database.asCaller(caller.claims, async (sql) => {
    const [version] = await sql`select * from public.publish_document_template(${versionId})`
    return documentVersionSchema.parse(version)
  })
}

/** One page of an organization's documents. @throws {AppError} 404 `organization_not_found`, 403 `permission_missing` */
export async function listDocuments(deps: Deps, caller: ApiCaller, organizationId: string, request: ListRequest) {
  const list = { relation: 'public.document_renders', permission: 'documents.read', action: 'list documents' }
  return documentList.page(request, await listInOrganization(deps, caller, organizationId, request, list))
}

/** Has a document made. @param requestKey the same key is the same document @throws {AppError} what `generate_document` answers */
export function createDocument(
  deps: Deps,
  caller: ApiCaller,
  organizationId: string,
  input: z.output<typeof newDocumentSchema>,
  requestKey: string | null,
) {
  const { kind, merge_data, locale, template_id, expires_on } = input
  return deps.database.asCaller(caller.claims, async (sql) => {
    const [made] = await sql`
      select public.generate_document(
        ${organizationId}, ${kind}, ${JSON.stringify(merge_data)}::text::jsonb, ${locale}, ${template_id}, ${expires_on},
        ${requestKey}
      ) as id`
    return readDocument(sql, String(made?.id))
  })
}

/** A document. @throws {AppError} 404 `document_not_found` */
export function getDocument(deps: Deps, caller: ApiCaller, documentId: string) {
  requireScope(caller, 'documents.read')
  return deps.database.asCaller(caller.claims, (sql) => readDocument(sql, documentId), { isReadOnly: true })
}

async function readDocument(sql: CallerSql, id: string) {
  const [row] = await sql`select * from public.document_renders where id = ${id}`
  if (!row) throw new AppError(404, 'document_not_found', 'Cannot read document: no such document')
  return documentSchema.parse(row)
}

/** The database's part of a preview, in the caller's name. */
export function previewDatabase(
  { database }: Deps,
  caller: ApiCaller,
  { version_id, organization_id }: Pick<z.output<typeof previewBodySchema>, 'version_id' | 'organization_id'>,
): Pick<PreviewDeps, 'readSetting' | 'markChecked'> {
  return {
    readSetting: () =>
      database.asCaller(
        caller.claims,
        async (sql) => {
          const [row] = await sql`select public.get_document_preview(${version_id}, ${organization_id}) as setting`
          return row?.setting
        },
        { isReadOnly: true },
      ),
    async markChecked(source_hash) {
      const { error } = await database.rpc('mark_document_version_checked', { version_id, source_hash })
      if (error) throw new Error(`Cannot mark version as checked: ${error.message}`)
    },
  }
}
