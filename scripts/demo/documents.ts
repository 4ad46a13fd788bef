import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Json } from '../../types/database.ts'
import type { Client, Person } from './people.ts'
import { DemoError, expect, say, show, until } from './story.ts'

const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="440" height="120">
  <rect width="120" height="120" rx="22" fill="#0b3d2e"/>
  <path d="M38 28v64h46" fill="none" stroke="#e0a458" stroke-width="16"/>
  <rect x="150" y="38" width="290" height="16" rx="8" fill="#0b3d2e"/>
  <rect x="150" y="70" width="190" height="16" rx="8" fill="#e0a458"/>
</svg>`

/** An organisation gets a logo, has a report made of what is kept about it, and downloads the PDF. @returns its file */
export async function walkDocuments({ client }: Person, organizationId: string, folder: string): Promise<string> {
  await uploadLogo(client, organizationId)

  say('Ada has a report made of who may do what, and of what was done')
  const asked = await client.rpc('generate_document', {
    organization_id: organizationId,
    kind: 'compliance_report',
    merge_data: await reportOf(client, organizationId),
    request_key: 'access-review',
  })
  if (asked.error) throw asked.error
  const { title, page_count, file_id } = await until('the document', async () => {
    const { data } = await client
      .from('document_renders')
      .select('state, title, page_count, file_id, error_message')
      .eq('id', asked.data)
      .single()
    if (data?.state === 'failed') throw new DemoError(`the document was not made: ${data.error_message}`)
    return data?.state === 'ready' ? data : null
  })
  show(`“${title}” is ready, ${page_count} pages with her logo and colours`)

  say('Ada downloads the PDF')
  const counted = await client.rpc('record_file_download', { file_id: file_id ?? '' })
  if (counted.error) throw counted.error
  const { bucket_id, object_path } = counted.data
  const downloaded = await client.storage.from(bucket_id).download(object_path)
  if (downloaded.error) throw downloaded.error
  const pdf = Buffer.from(await downloaded.data.arrayBuffer())
  expect(pdf.subarray(0, 5).toString() === '%PDF-', `it has ${Math.ceil(pdf.byteLength / 1024)} kB`)
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'access-review.pdf')
  await writeFile(file, pdf)
  return file
}

async function uploadLogo(client: Client, organizationId: string): Promise<void> {
  say('Ada uploads the logo of the organisation')
  const uploaded = await client.storage
    .from('picture-uploads')
    .upload(`${organizationId}/logo.png`, await sharp(Buffer.from(logo)).png().toBuffer(), { contentType: 'image/png' })
  if (uploaded.error) throw uploaded.error
  const path = await until('the logo', async () => {
    const { data } = await client.from('organizations').select('logo_path').eq('id', organizationId).single()
    return data?.logo_path ?? null
  })
  expect(path.startsWith(`${organizationId}/`), 'scanned and made anew, it is the one that documents show')
}

/** The fields of a compliance report, of what the organisation's members and audit log say. */
async function reportOf(client: Client, organizationId: string): Promise<Json> {
  const members = await client
    .from('members')
    .select('display_name, user_id, service_account_id, role, status, created_at')
    .eq('organization_id', organizationId)
    .order('created_at')
  if (members.error) throw members.error
  const entries = await client
    .from('audit_logs')
    .select('occurred_at, actor_kind, actor_id, action, object_type')
    .eq('organization_id', organizationId)
    .order('occurred_at')
  if (entries.error) throw entries.error
  const chain = await client.rpc('verify_audit_chain', { organization_id: organizationId })
  if (chain.error) throw chain.error
  const names = new Map(
    members.data.map((member) => [member.user_id ?? member.service_account_id, member.display_name]),
  )
  const people = members.data.filter(({ user_id }) => user_id !== null).length
  return {
    title: 'Access review',
    subtitle: 'Who may do what in the organisation, and what was done',
    reference: `AR-${organizationId.slice(0, 8)}`,
    summary: [
      { label: 'People', value: String(people) },
      { label: 'Programs', value: String(members.data.length - people) },
      { label: 'Entries of the audit log', value: String(entries.data.length) },
      { label: 'Audit log', value: chain.data.is_intact ? 'Nobody changed an entry' : 'An entry was changed' },
    ],
    sections: [
      {
        heading: 'Who has access',
        columns: ['Name', 'Kind', 'Role', 'Status', 'Since'].map((label) => ({ label })),
        rows: members.data.map(({ display_name, user_id, role, status, created_at }) => [
          display_name ?? '',
          user_id === null ? 'Program' : 'Person',
          role ?? '',
          status ?? '',
          minuteOf(created_at),
        ]),
      },
      {
        heading: 'What was done',
        paragraphs: ['Everything the audit log holds, the oldest first. Times are in UTC.'],
        columns: ['When', 'Who', 'Action', 'Object'].map((label) => ({ label })),
        rows: entries.data.map(({ occurred_at, actor_kind, actor_id, action, object_type }) => [
          minuteOf(occurred_at),
          (actor_id === null ? null : names.get(actor_id)) ?? actor_kind,
          action,
          object_type,
        ]),
      },
    ],
  }
}

/** Such as "2026-11-21 18:40". */
function minuteOf(instant: string | null): string {
  return instant === null ? '' : new Date(instant).toISOString().slice(0, 16).replace('T', ' ')
}
