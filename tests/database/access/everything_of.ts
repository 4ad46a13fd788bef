import type { Database } from '../../support/database.ts'

/** All rows that belong to an organization, in tables of both schemas, as one text. */
export const everythingOf = async (db: Database, organizationId: string) => {
  const tables = await db.rows<{ name: string }>(
    `select attrelid::regclass::text as name from pg_attribute join pg_class on pg_class.oid = attrelid
     where relnamespace in ('public'::regnamespace, 'private'::regnamespace) and relkind in ('r', 'p')
       and not relispartition and attname = 'organization_id' and atttypid = 'uuid'::regtype order by 1`,
  )
  const hashes = tables.map(
    ({ name }) => `select '${name}', md5(coalesce(string_agg(row::text, '|' order by row::text), ''))
      from ${name} as row where organization_id = '${organizationId}'`,
  )
  hashes.push(
    `select 'public.organizations', md5(row::text) from public.organizations as row where id = '${organizationId}'`,
  )
  return JSON.stringify(await db.asOwner(() => db.rows(hashes.join(' union all '))))
}
