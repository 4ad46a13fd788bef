import { z } from 'zod'
import { callRpc, type RpcClient } from '../platform/mod.ts'

/** Names a version of a file. */
export const versionSchema = z.object({ file_id: z.uuid(), version_number: z.number().int() })

const describedSchema = z
  .array(
    z.object({
      bucket_id: z.string(),
      object_path: z.string(),
      name: z.string(),
      media_type: z.string(),
      state: z.string(),
    }),
  )
  .max(1)

/** Where a version is, and what it was announced as. */
export type ScannedVersion = z.output<typeof describedSchema>[number]

/** Asks the database for a version; null when it is gone. */
export async function describeVersion(
  db: RpcClient,
  version: z.output<typeof versionSchema>,
): Promise<ScannedVersion | null> {
  const [described] = describedSchema.parse(await callRpc(db, 'describe_file_to_scan', version))
  return described ?? null
}
