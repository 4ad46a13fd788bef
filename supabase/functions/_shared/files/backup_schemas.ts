import { z } from 'zod'

/** Bucket of backups. */
export const backupBucket = 'exports'

/** A file that belongs into a backup. */
export const backupFileSchema = z.object({
  file_id: z.string(),
  version_number: z.number(),
  category: z.string(),
  name: z.string(),
  media_type: z.string(),
  size_bytes: z.number(),
  /** Null of what the backend made. */
  checksum: z.string().nullable(),
  uploaded_by: z.string().nullable(),
  bucket_id: z.string(),
  object_path: z.string(),
})
export type BackupFile = z.output<typeof backupFileSchema>

/** What a backup says of a file. */
export const backupEntrySchema = backupFileSchema
  .omit({ bucket_id: true, object_path: true })
  .extend({ checksum: z.string(), is_damaged: z.boolean() })
export type BackupEntry = z.output<typeof backupEntrySchema>

/** The row of a backup, as far as its job needs it. */
export const backupSchema = z.object({
  id: z.string(),
  organization_id: z.string(),
  manifest_file_id: z.string(),
  state: z.enum(['queued', 'running', 'ready', 'failed']),
})
export type Backup = z.output<typeof backupSchema>

const folderOf = (backup: Backup) => `${backup.organization_id}/backup/${backup.manifest_file_id}`

/** Where the manifest lies: it is the first version of its file. */
export const manifestPath = (backup: Backup) => `${folderOf(backup)}/1`

/** Where a part lies. @param number from 1 */
export const partPath = (backup: Backup, number: number) =>
  `${folderOf(backup)}/parts/${String(number).padStart(5, '0')}.tar`

/** What a file is called in a part: names that people gave stand in the manifest. */
export const nameInPart = ({ file_id, category }: Pick<BackupEntry, 'file_id' | 'category'>) => `${category}/${file_id}`
