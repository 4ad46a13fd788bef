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
  /** Months of partitioned tables, by their first moment. */
  partitions: z.array(z.strictObject({ table: z.string(), month: z.string() })),
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

/** Which months the partitioned tables have; all of them are partitioned by month. */
export async function listPartitions(sql: postgres.ISql<Record<never, never>>): Promise<Manifest['partitions']> {
  const rows = await sql<Manifest['partitions']>`
    select inhparent::regclass::text as table,
      substring(pg_get_expr(part.relpartbound, part.oid) from 'FROM \\(''([^'']+)''') as month
    from pg_inherits
    join pg_class as part on part.oid = inhrelid and part.relispartition and part.relkind = 'r'
    join pg_class as parent on parent.oid = inhparent
    join pg_namespace on pg_namespace.oid = parent.relnamespace
    where nspname in ('public', 'private')
    order by 1, 2`
  return rows.map(({ table, month }) => ({ table, month }))
}

/**
 * Lets triggers rest that fire even while rows are replicated: the guards of append-only tables. Ends with the
 * transaction when what it returns was called, which wakes them.
 */
export async function restGuards(
  sql: postgres.ISql<Record<never, never>>,
  tables: readonly string[],
): Promise<() => Promise<void>> {
  const guards = await sql<{ table: string; trigger: string }[]>`
    select tgrelid::regclass::text as table, quote_ident(tgname) as trigger
    from pg_trigger
    where tgenabled = 'A' and not tgisinternal and tgparentid = 0
      and tgrelid in (
        select (pg_partition_tree(name::regclass)).relid from unnest(${[...tables]}::text[]) as name
        union select name::regclass from unnest(${[...tables]}::text[]) as name
      )`
  for (const { table, trigger } of guards) await sql.unsafe(`alter table ${table} disable trigger ${trigger}`)
  return async () => {
    for (const { table, trigger } of guards) await sql.unsafe(`alter table ${table} enable always trigger ${trigger}`)
  }
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
