import type postgres from 'postgres'
import { z } from 'zod'

/** Schemas whose rows a backup holds. Vault is left out: its secrets cannot be read with another server's root key. */
export const backedUpSchemas = ['auth', 'storage', 'public', 'private'] as const

/** Tables that belong to the services' own set-up and come with the server. */
const ownedByServices = ['auth.schema_migrations', 'storage.migrations']

const partSchema = z.strictObject({
  table: z.string(),
  columns: z.array(z.string()).min(1),
  file: z.string().regex(/^[a-z0-9_.-]+\.copy\.gz$/i),
  rows: z.number().int().nonnegative(),
  sha256: z.string().length(64),
})

/** manifest.json of a backup. */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  createdAt: z.iso.datetime(),
  serverVersion: z.string(),
  /** SHA-256 of the applied statements by migration version. */
  migrations: z.record(z.string(), z.string()),
  parts: z.array(partSchema),
  sequences: z.array(z.strictObject({ name: z.string(), value: z.string(), isCalled: z.boolean() })),
})

/** What a backup says about itself. */
export type Manifest = z.infer<typeof manifestSchema>
/** One table's rows: COPY text, gzipped. */
export type Part = z.infer<typeof partSchema>

/** Tables with their stored columns (generated ones are computed again); a partitioned table counts once. */
export async function listTables(
  sql: postgres.ISql<Record<never, never>>,
): Promise<{ table: string; columns: string[] }[]> {
  const rows = await sql<{ table: string; columns: string[] }[]>`
    select format('%I.%I', nspname, relname) as table, array_agg(quote_ident(attname) order by attnum) as columns
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped and attgenerated = ''
    where nspname = any (${[...backedUpSchemas]}) and relkind in ('r', 'p') and not relispartition
    group by nspname, relname
    order by 1`
  return rows.filter(({ table }) => !ownedByServices.includes(table)).map(({ table, columns }) => ({ table, columns }))
}

/** Where every sequence of the schemas stands. */
export async function listSequences(sql: postgres.ISql<Record<never, never>>): Promise<Manifest['sequences']> {
  const names = await sql<{ name: string }[]>`
    select format('%I.%I', nspname, relname) as name
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = any (${[...backedUpSchemas]}) and relkind = 'S' order by 1`
  const sequences: Manifest['sequences'] = []
  for (const { name } of names) {
    const [row] = await sql.unsafe<{ last_value: string; is_called: boolean }[]>(
      `select last_value::text, is_called from ${name}`,
    )
    if (row) sequences.push({ name, value: row.last_value, isCalled: row.is_called })
  }
  return sequences
}

/** SHA-256 of what each applied migration did, by version. */
export async function listMigrations(sql: postgres.ISql<Record<never, never>>): Promise<Record<string, string>> {
  const rows = await sql<{ version: string; sha256: string }[]>`
    select version, encode(sha256(convert_to(array_to_string(statements, E';\n'), 'utf8')), 'hex') as sha256
    from supabase_migrations.schema_migrations order by version`
  return Object.fromEntries(rows.map(({ version, sha256 }) => [version, sha256]))
}
