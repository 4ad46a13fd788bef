alter table public.contacts enable row level security;
revoke all on public.contacts from anon, authenticated, service_role;
grant select, delete on public.contacts to authenticated;
grant insert (organization_id, email, phone, first_name, last_name, company, job_title, country, note)
  on public.contacts to authenticated;
grant update (email, phone, first_name, last_name, company, job_title, country, note)
  on public.contacts to authenticated;
grant select, insert, update, delete on public.contacts to service_role;
create policy contacts_select_member on public.contacts
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('contacts.read'))));
create policy contacts_insert_member on public.contacts
  for insert to authenticated
  with check (organization_id = any (array(select private.organizations_with('contacts.write'))));
create policy contacts_update_member on public.contacts
  for update to authenticated
  using (organization_id = any (array(select private.organizations_with('contacts.write'))))
  with check (organization_id = any (array(select private.organizations_with('contacts.write'))));
create policy contacts_delete_member on public.contacts
  for delete to authenticated
  using (organization_id = any (array(select private.organizations_with('contacts.write'))));

-- Private: no API role holds any grant.
alter table private.contact_counts enable row level security;
revoke all on private.contact_counts from anon, authenticated, service_role;
