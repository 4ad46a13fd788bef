-- The same rows for everybody who is signed in.
alter table public.import_types enable row level security;
revoke all on public.import_types from anon, authenticated, service_role;
grant select on public.import_types to authenticated, service_role;
create policy import_types_select_person on public.import_types
  for select to authenticated using ((select private.is_known_caller()));

-- Written by the RPCs and the workers' functions alone.
alter table public.imports enable row level security;
revoke all on public.imports from anon, authenticated, service_role;
grant select on public.imports to authenticated, service_role;
create policy imports_select_member on public.imports
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('imports.read'))));

alter table public.import_errors enable row level security;
revoke all on public.import_errors from anon, authenticated, service_role;
grant select on public.import_errors to authenticated, service_role;
create policy import_errors_select_member on public.import_errors
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('imports.read'))));

-- Private: no API role holds any grant.
alter table private.import_work enable row level security;
revoke all on private.import_work from anon, authenticated, service_role;
alter table private.import_batches enable row level security;
revoke all on private.import_batches from anon, authenticated, service_role;
alter table private.import_changes enable row level security;
revoke all on private.import_changes from anon, authenticated, service_role;
alter table private.import_keys enable row level security;
revoke all on private.import_keys from anon, authenticated, service_role;
alter table private.import_texts enable row level security;
revoke all on private.import_texts from anon, authenticated, service_role;
