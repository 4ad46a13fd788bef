create trigger t100_set_updated_at before update on public.contacts
  for each row execute function private.set_updated_at();

-- Definer: the backend itself may not ask who is calling.
create function private.contacts_set_creator()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  new.created_by := (select private.current_person_id());
  return new;
end;
$$;
comment on function private.contacts_set_creator() is 'Keeps who made a contact. An import says so itself, once for all of its rows.';
create trigger t100_set_creator before insert on public.contacts
  for each row when (new.created_by is null and coalesce(current_setting('atrium.import_id', true), '') = '')
  execute function private.contacts_set_creator();

-- Definer: clients hold no grant on the counts.
create function private.contacts_count_added()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_full uuid;
begin
  insert into private.contact_counts (organization_id, contact_count)
  select added.organization_id, count(*) from added group by added.organization_id order by added.organization_id
  on conflict (organization_id) do update
  set contact_count = contact_counts.contact_count + excluded.contact_count;
  select contact_counts.organization_id into v_full
  from private.contact_counts
  where contact_counts.organization_id in (select added.organization_id from added)
    and contact_counts.contact_count > private.entitlement(contact_counts.organization_id, 'contacts')
  limit 1;
  if found then
    perform private.raise_error(409, 'contact_limit_reached',
      format('Cannot add contact: the organization may have %s', private.entitlement(v_full, 'contacts')),
      'Remove contacts that are not needed, or choose a larger plan.');
  end if;
  return null;
end;
$$;
comment on function private.contacts_count_added() is 'Counts contacts that were added, up to the limit "contacts".';
create trigger t300_count_added after insert on public.contacts
  referencing new table as added for each statement execute function private.contacts_count_added();

-- Definer: as private.contacts_count_added.
create function private.contacts_count_removed()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.contact_counts
  set contact_count = contact_counts.contact_count - gone.contact_count
  from (
    select removed.organization_id, count(*) as contact_count from removed group by removed.organization_id
  ) as gone
  where contact_counts.organization_id = gone.organization_id;
  return null;
end;
$$;
comment on function private.contacts_count_removed() is 'Takes contacts that were removed off the count.';
create trigger t300_count_removed after delete on public.contacts
  referencing old table as removed for each statement execute function private.contacts_count_removed();

select private.audit_table(
  'public.contacts', '{email, phone, first_name, last_name, company, job_title, country, note}',
  '{email, phone, first_name, last_name, note}'
);
-- An import and its undoing are one entry each: what they added is kept with the import, a million entries would say less.
-- Nobody but the functions of imports can set this.
create or replace trigger t900_audit_insert after insert on public.contacts
  referencing new table as audit_new for each statement
  when (coalesce(current_setting('atrium.import_id', true), '') = '')
  execute function private.record_row_changes(
    '{email, phone, first_name, last_name, company, job_title, country, note}', '{email, phone, first_name, last_name, note}',
    '{id}', 'organization_id'
  );
create or replace trigger t900_audit_delete after delete on public.contacts
  referencing old table as audit_old for each statement
  when (coalesce(current_setting('atrium.import_id', true), '') = '')
  execute function private.record_row_changes(
    '{email, phone, first_name, last_name, company, job_title, country, note}', '{email, phone, first_name, last_name, note}',
    '{id}', 'organization_id'
  );
