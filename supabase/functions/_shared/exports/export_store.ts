import { z } from '@hono/zod-openapi'
import { callRpc, type RpcClient } from '../platform/mod.ts'

const partSchema = z.object({
  part_number: z.number().int(),
  object_path: z.string(),
  size_bytes: z.number(),
  row_count: z.number().int(),
  sheet_number: z.number().int(),
  sheet_row_count: z.number().int(),
  plain_bytes: z.number(),
  crc32: z.number(),
  last_value: z.string().nullable(),
  last_id: z.string().nullable(),
  is_last: z.boolean(),
})

const workSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    list: z.string(),
    format: z.enum(['csv', 'xlsx', 'json', 'ndjson']),
    filters: z.record(z.string(), z.string()),
    fields: z.array(z.string()).nullable(),
    sort: z.string().nullable(),
    row_count: z.number().int(),
    total_count: z.number().int().nullable(),
    created_at: z.string(),
    claims: z.looseObject({ role: z.literal('authenticated') }),
    last_part: partSchema.nullable(),
  })
  .nullable()

/** A part of an export, as the database keeps it. */
export type RecordedPart = z.output<typeof partSchema>

/** An export that is to be written. */
export type ExportWork = NonNullable<z.output<typeof workSchema>>

/** The exports as their job sees them. Every call rejects when the database cannot be reached. */
export function exportStore(db: RpcClient, exportId: string) {
  async function call<Schema extends z.ZodType>(name: string, schema: Schema, parameters: object = {}) {
    return schema.parse(await callRpc(db, name, { export_id: exportId, ...parameters }))
  }
  return {
    /** @returns null when nobody waits for it any more */
    begin: () => call('begin_export', workSchema),
    /** @returns false when another worker wrote this part, or the export is over */
    recordPart: (part: RecordedPart, totalCount: number | null) =>
      call('record_export_part', z.boolean(), { part, total_count: totalCount }),
    parts: () => call('list_export_parts', z.array(partSchema)),
    /** @returns false when nobody waits for it any more */
    finish: (file_path: string, size_bytes: number) => call('finish_export', z.boolean(), { file_path, size_bytes }),
    fail: (code: string, message: string) => call('fail_export', z.boolean(), { code, message }),
  }
}
