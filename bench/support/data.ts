import { randomUUID } from 'node:crypto'
import { withConnection } from '../../local/postgres/database.ts'

/** Size of the data that every bench of reads runs on. */
export const benchSize = { organizations: 1_000, itemsPerOrganization: 100 } as const

/**
 * Fills a migrated database with organisations, items under row-level security by membership, and one person.
 *
 * @param superuserUrl the database
 * @returns a person who belongs to three organisations besides the personal one, and one of the three
 */
export async function fillBenchData(superuserUrl: string): Promise<{ person: string; organization: string }> {
  const person = randomUUID()
  const organization = randomUUID()
  await withConnection(superuserUrl, async (sql) => {
    await sql`
      insert into auth.users (id, instance_id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
      values (${person}, '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', 'bench@example.com',
        now(), '{}', '{}')`
    await sql
      .unsafe(`
        set session_replication_role = replica;
        insert into public.organizations (id, name, slug, owner_count)
        select case number when 500 then '${organization}'::uuid else gen_random_uuid() end,
          'Organization ' || number, 'bench-' || number, 1
        from generate_series(1, ${benchSize.organizations}) as number;
        insert into public.memberships (organization_id, user_id, role)
        select id, '${person}', 'member' from public.organizations where slug in ('bench-10', 'bench-500', 'bench-900');
        reset session_replication_role;
        create table public.bench_items (
          id uuid primary key default gen_random_uuid(),
          organization_id uuid not null references public.organizations (id),
          title text not null,
          amount_cents bigint not null,
          created_at timestamptz not null
        );
        insert into public.bench_items (organization_id, title, amount_cents, created_at)
        select organizations.id, 'Item ' || number, number * 100, now() - number * interval '1 minute'
        from public.organizations, generate_series(1, ${benchSize.itemsPerOrganization}) as number
        where organizations.slug like 'bench-%';
        create index bench_items_organization_id_created_at_idx on public.bench_items (organization_id, created_at desc);
        alter table public.bench_items enable row level security;
        revoke all on public.bench_items from anon, authenticated;
        grant select on public.bench_items to authenticated;
        create policy bench_items_select_member on public.bench_items for select to authenticated
          using (organization_id = any (array(select private.organizations_with('organization.read'))));
        analyze;`)
      .simple()
  })
  return { person, organization }
}
