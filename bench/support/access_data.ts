import type postgres from 'postgres'

const uuidOf = (number: number, kind = '0') => `${kind}0000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`
const sqlUuid = (number: string, kind = '0') =>
  `('${kind}0000000-0000-4000-8000-' || lpad(to_hex((${number})::bigint), 12, '0'))::uuid`

/** How much there is, and the organization with 500,000 of the rows. */
export const accessSize = {
  organizations: 10_000,
  people: 50_000,
  memberships: 200_000,
  rows: 5_000_000,
  bigTenantRows: 500_000,
  bigTenant: uuidOf(1, 'a'),
} as const

/** A person of one organization and one of 200; the big tenant is among both. */
export const accessPeople = {
  one: { id: uuidOf(1), organizations: 1, constantRole: 'bench_constant_1' },
  many: { id: uuidOf(2), organizations: 200, constantRole: 'bench_constant_200' },
} as const
const { one, many } = accessPeople

/** Gives a transaction the rights of a person's token, as PostgREST does. */
export async function openAccess(transaction: postgres.TransactionSql, role: string, person: string): Promise<void> {
  const claims = JSON.stringify({ sub: person, role, aal: 'aal1', session_id: person, aud: 'authenticated' })
  await transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', ${role}, true)`
}

/** Fills a migrated database and makes the role whose policy is a constant list. @param sql as superuser */
export async function fillAccessData(sql: postgres.Sql): Promise<void> {
  const { organizations, people, memberships, rows, bigTenantRows } = accessSize
  const visible = `organization_id = any (array(select private.organizations_with('organization.read')))`
  await sql
    .unsafe(`
      set session_replication_role = replica;
      insert into auth.users (id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
      select ${sqlUuid('n')}, 'authenticated', 'authenticated', 'p' || n || '@example.com', now(), '{}', '{}'
      from generate_series(1, ${people}) as n;
      insert into public.profiles (id, display_name)
      select ${sqlUuid('n')}, 'Person ' || n from generate_series(1, ${people}) as n;
      insert into auth.sessions (id, user_id) select ${sqlUuid('n')}, ${sqlUuid('n')}
      from generate_series(1, ${people}) as n;
      insert into public.organizations (id, name, slug, owner_count)
      select ${sqlUuid('n', 'a')}, 'Organization ' || n, 'bench-' || n, 1 from generate_series(1, ${organizations}) as n;
      insert into public.memberships (organization_id, user_id, role)
      select ${sqlUuid('1', 'a')}, '${one.id}'::uuid, 'member'
      union all
      select ${sqlUuid('n', 'a')}, '${many.id}', 'member' from generate_series(1, ${many.organizations}) as n
      union all
      select ${sqlUuid(`1 + (n / ${people} * 2503 + n) % ${organizations}`, 'a')}, ${sqlUuid(`3 + n % ${people - 2}`)},
        'member'
      from generate_series(0, ${memberships - many.organizations - 2}) as n;
      reset session_replication_role;
      create table public.bench_entries (
        id bigint generated always as identity, organization_id uuid not null, amount_cents int not null,
        created_at timestamptz not null
      );
      insert into public.bench_entries (organization_id, amount_cents, created_at)
      select case when n % ${rows / bigTenantRows} = 0 then ${sqlUuid('1', 'a')}
        else ${sqlUuid(`2 + n % ${organizations - 1}`, 'a')} end,
        n % 100000, timestamptz '2026-01-01' + n * interval '1 second'
      from generate_series(1, ${rows}) as n;
      alter table public.bench_entries add primary key (id);
      create index on public.bench_entries (organization_id, created_at desc);
      alter table public.bench_entries enable row level security;
      revoke all on public.bench_entries from anon, authenticated;
      grant select, insert, update on public.bench_entries to authenticated;
      create policy product_select on public.bench_entries for select to authenticated using (${visible});
      create policy product_insert on public.bench_entries for insert to authenticated with check (${visible});
      create policy product_update on public.bench_entries for update to authenticated
        using (${visible}) with check (${visible});`)
    .simple()
  for (const person of [one, many]) await writeConstants(sql, person)
  await sql`vacuum analyze`
}

/** The policies of the other contender: a person's organizations as a list that Postgres knows when it plans. */
async function writeConstants(sql: postgres.Sql, person: typeof one | typeof many): Promise<void> {
  const { constantRole: role, organizations } = person
  const list = Array.from({ length: organizations }, (_, index) => `'${uuidOf(index + 1, 'a')}'`).join(',')
  // "in", which Postgres reads as "=" where the list has one: "= any" beside the request's own condition was taken for a
  // handful of rows, of which there are 500,000, and sorted them all.
  const visible = `organization_id in (${list})`
  await sql
    .unsafe(`
      create role ${role} nologin;
      grant ${role} to authenticator;
      grant usage on schema public to ${role};
      grant select, insert, update on public.bench_entries to ${role};
      create policy ${role}_select on public.bench_entries for select to ${role} using (${visible});
      create policy ${role}_insert on public.bench_entries for insert to ${role} with check (${visible});
      create policy ${role}_update on public.bench_entries for update to ${role} using (${visible}) with check (${visible});`)
    .simple()
}
