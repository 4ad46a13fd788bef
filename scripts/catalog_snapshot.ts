import type postgres from 'postgres'

const ours = `('public'::regnamespace, 'private'::regnamespace)`

/** What describes a database beyond its tables' shape, by kind; each query gives one column `line`. */
const queries: Readonly<Record<string, string>> = {
  extension: `select extname || ' in ' || extnamespace::regnamespace as line from pg_extension where extname <> 'plpgsql'`,
  schema: `select nspname || ' ' || coalesce(nspacl::text, '') as line from pg_namespace
    where oid in ${ours}`,
  relation: `select pg_class.oid::regclass || ' ' || relkind::text || ' rls ' || relrowsecurity || relforcerowsecurity || ' '
      || relpersistence::text || ' ' || coalesce(reloptions::text, '') || ' '
      || coalesce((select string_agg(entry::text, ',' order by entry::text) from unnest(relacl) as entry), '') as line
    from pg_class where relnamespace in ${ours} and relkind in ('r', 'p', 'v', 'm', 'S', 'c') and not relispartition`,
  column: `select attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod)
      || case when attnotnull then ' not null' else '' end || ' ' || attidentity::text || attgenerated::text || ' '
      || coalesce(pg_get_expr(adbin, adrelid), '') || ' ' || coalesce(attacl::text, '') as line
    from pg_attribute join pg_class on pg_class.oid = attrelid
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where relnamespace in ${ours} and relkind in ('r', 'p', 'v', 'm', 'c') and not relispartition
      and attnum > 0 and not attisdropped`,
  constraint: `select conrelid::regclass || '.' || conname || ' ' || pg_get_constraintdef(oid) as line
    from pg_constraint where connamespace in ${ours} and contype in ('c', 'f', 'p', 'u', 'x') and conparentid = 0`,
  index: `select pg_get_indexdef(indexrelid) as line from pg_index join pg_class on pg_class.oid = indexrelid
    where relnamespace in ${ours} and not relispartition`,
  enum: `select enumtypid::regtype || ' ' || string_agg(enumlabel, ',' order by enumsortorder) as line
    from pg_enum join pg_type on pg_type.oid = enumtypid where typnamespace in ${ours} group by enumtypid`,
  function: `select pg_get_functiondef(pg_proc.oid) || ' '
      || coalesce((select string_agg(entry::text, ',' order by entry::text) from unnest(proacl) as entry), 'open') as line
    from pg_proc where pronamespace in ${ours} and prokind in ('f', 'p')`,
  policy: `select polrelid::regclass || '.' || polname || ' ' || polcmd::text || polpermissive || ' '
      || array(select role::regrole::text from unnest(polroles) as role order by 1)::text || ' '
      || coalesce(pg_get_expr(polqual, polrelid), '') || ' check ' || coalesce(pg_get_expr(polwithcheck, polrelid), '') as line
    from pg_policy join pg_class on pg_class.oid = polrelid
    where relnamespace in ${ours} or relnamespace::regnamespace::text in ('storage', 'realtime')`,
  trigger: `select pg_get_triggerdef(pg_trigger.oid) || ' ' || tgenabled::text as line
    from pg_trigger join pg_proc on pg_proc.oid = tgfoid
    where pronamespace in ${ours} and not tgisinternal and tgparentid = 0`,
  default: `select defaclrole::regrole || ' ' || coalesce(defaclnamespace::regnamespace::text, '') || ' '
      || defaclobjtype::text || ' ' || defaclacl::text as line
    from pg_default_acl where defaclrole = 'postgres'::regrole and defaclnamespace in (0, 'public'::regnamespace, 'private'::regnamespace)`,
  comment: `select identified.identity || ' ' || description as line
    from pg_description
    cross join lateral pg_identify_object(classoid, objoid, objsubid) as identified
    where identified.schema in ('public', 'private')
      or (classoid = 'pg_namespace'::regclass and objoid in ${ours})`,
  cron: `select jobname || ' ' || schedule || ' ' || command as line from cron.job where command like 'select private.job\\_%'`,
}

/**
 * Lists what a database holds in the project's schemas, grants, comments, triggers and schedules included, one sorted
 * line for each. Two databases made from the same sources give the same list.
 *
 * @param lookupTables tables whose rows belong to the sources
 */
export async function catalogSnapshot(
  sql: postgres.ISql<Record<never, never>>,
  lookupTables: readonly string[] = [],
): Promise<string[]> {
  const lines: string[] = []
  for (const [kind, query] of Object.entries(queries)) {
    for (const { line } of await sql.unsafe<{ line: string }[]>(query)) lines.push(`${kind} ${line}`)
  }
  for (const table of lookupTables) {
    const rows = await sql.unsafe<{ line: string }[]>(
      // Beside built-in rows a table may hold those of organizations, which are nobody's sources.
      `select (to_jsonb(found) - 'created_at' - 'updated_at')::text as line from ${table} as found
       where to_jsonb(found) ->> 'organization_id' is null`,
    )
    for (const { line } of rows) lines.push(`row ${table} ${line}`)
  }
  return lines.sort()
}

/** What was recorded while the migrations ran: rows of tables that were audited by then. */
const recordTables = ['audit_logs', 'audit_unsealed']

/** Tables of the project that hold rows though nobody has used the database: lookup rows. */
export async function tablesWithRows(sql: postgres.ISql<Record<never, never>>): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', nspname, relname) as name
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname in ('public', 'private') and relkind in ('r', 'p') and not relispartition
      and relname <> all (${[...recordTables]})
    order by 1`
  const filled: string[] = []
  for (const { name } of tables) {
    const [row] = await sql.unsafe(`select exists (select from ${name}) as found`)
    if (row?.found) filled.push(name)
  }
  return filled
}

/** Lines that only one of two snapshots has, marked `-` and `+`. */
export function snapshotDifference(wanted: readonly string[], found: readonly string[]): string[] {
  const [wantedSet, foundSet] = [new Set(wanted), new Set(found)]
  return [
    ...wanted.filter((line) => !foundSet.has(line)).map((line) => `- ${line}`),
    ...found.filter((line) => !wantedSet.has(line)).map((line) => `+ ${line}`),
  ]
}
