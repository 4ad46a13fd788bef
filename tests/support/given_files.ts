import type { Database, Person } from './database.ts'

/** A version of a file, as begin_upload answers it. */
export interface GivenUpload {
  readonly file_id: string
  readonly organization_id: string
  readonly version_number: number
  readonly bucket_id: string
  readonly object_path: string
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** Says what is uploaded, with a document of 1,000 bytes for what is left out. */
export interface UploadOptions {
  readonly organization: { readonly id: string }
  readonly category?: string
  readonly name?: string
  readonly mediaType?: string
  readonly sizeBytes?: number
}

/** Begins an upload as whoever acts. */
async function upload(db: Database, options: UploadOptions): Promise<GivenUpload> {
  return db.row<GivenUpload>('select * from public.begin_upload($1, $2, $3, $4, $5)', [
    options.organization.id,
    options.category ?? 'document',
    options.name ?? 'Terms.pdf',
    options.mediaType ?? 'application/pdf',
    options.sizeBytes ?? 1000,
  ])
}

/** Puts an object into Storage as its service does: past all policies, as a person's own or as the backend's. */
async function object(
  db: Database,
  at: { bucket_id: string; object_path: string },
  options: { sizeBytes?: number; owner?: Person } = {},
): Promise<void> {
  await db.asOwner(async () => {
    await db.exec('insert into storage.buckets (id, name) values ($1, $1) on conflict do nothing', [at.bucket_id])
    await db.exec(
      `insert into storage.objects (bucket_id, name, version, owner_id, metadata)
       values ($1, $2, gen_random_uuid()::text, $3, jsonb_build_object('size', $4::int, 'mimetype', 'application/pdf'))`,
      [at.bucket_id, at.object_path, options.owner?.id ?? null, options.sizeBytes ?? 1000],
    )
  })
}

/** Removes an object from Storage as its service does. */
async function noObject(db: Database, at: { bucket_id: string; object_path: string }): Promise<void> {
  await db.asOwner(() =>
    db.exec(
      `set local storage.allow_delete_query = 'true';
       delete from storage.objects where bucket_id = ${quoted(at.bucket_id)} and name = ${quoted(at.object_path)}`,
    ),
  )
}

/** Ends the scan of an upload. @param of.checksum of the content, one letter that stands for all 64 */
async function scan(
  db: Database,
  of: {
    upload: GivenUpload
    outcome?: 'clean' | 'infected'
    checksum?: string
    sizeBytes?: number
    mediaType?: string
  },
): Promise<void> {
  await db.asOwner(() =>
    db.exec(`select private.finish_scan($1, $2, $3::text::public.file_state, $4, $5, repeat($6, 64), 'test 1', null)`, [
      of.upload.file_id,
      of.upload.version_number,
      of.outcome ?? 'clean',
      of.mediaType ?? 'application/pdf',
      of.sizeBytes ?? 1000,
      of.checksum ?? 'a',
    ]),
  )
}

/** Uploads a file as a person and has it scanned. */
async function file(
  db: Database,
  options: UploadOptions & { uploader: Person; outcome?: 'clean' | 'infected'; checksum?: string },
): Promise<GivenUpload> {
  await db.actAs(options.uploader)
  const begun = await upload(db, options)
  const { sizeBytes = 1000 } = options
  await object(db, begun, { owner: options.uploader, sizeBytes })
  await scan(db, {
    upload: begun,
    sizeBytes,
    ...(options.outcome && { outcome: options.outcome }),
    ...(options.checksum && { checksum: options.checksum }),
    ...(options.mediaType && { mediaType: options.mediaType }),
  })
  return begun
}

/** How many bytes of its storage an organization uses. */
async function usedBytes(db: Database, organization: { readonly id: string }): Promise<number> {
  const [row] = await db.asOwner(() =>
    db.rows<{ used: string }>('select used_bytes as used from private.file_usage where organization_id = $1', [
      organization.id,
    ]),
  )
  return Number(row?.used ?? 0)
}

/** Makes files that a test starts from. */
export const givenFiles = { upload, object, noObject, scan, file, usedBytes }
