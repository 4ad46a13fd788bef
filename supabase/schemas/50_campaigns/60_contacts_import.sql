-- In the order of the fields of the type "contacts": the same as in the definition of its functions' side.
create function private.take_contacts(
  import public.imports, row_numbers int[], columns text[], is_check boolean
)
  returns private.import_batch_result
  language plpgsql volatile set search_path = ''
as $$
declare
  v_separator constant text := chr(31);
  v_email constant text[] := string_to_array(take_contacts.columns[1], v_separator, '');
  v_phone constant text[] := string_to_array(take_contacts.columns[2], v_separator, '');
  v_first_name constant text[] := string_to_array(take_contacts.columns[3], v_separator, '');
  v_last_name constant text[] := string_to_array(take_contacts.columns[4], v_separator, '');
  v_company constant text[] := string_to_array(take_contacts.columns[5], v_separator, '');
  v_job_title constant text[] := string_to_array(take_contacts.columns[6], v_separator, '');
  v_country constant text[] := string_to_array(take_contacts.columns[7], v_separator, '');
  v_note constant text[] := string_to_array(take_contacts.columns[8], v_separator, '');
  v_count constant int := cardinality(take_contacts.row_numbers);
  v_ids uuid[];
  v_new_count int;
  v_result private.import_batch_result;
begin
  if take_contacts.is_check then
    insert into private.import_keys as kept (import_id, key, row_number)
    select (take_contacts.import).id, given.key, min(given.row_number)
    from (
      select 'email:' || item.email as key, item.row_number
      from unnest(v_email, take_contacts.row_numbers) as item (email, row_number)
      union all
      select 'phone:' || item.phone, item.row_number
      from unnest(v_phone, take_contacts.row_numbers) as item (phone, row_number)
    ) as given
    where given.key is not null
    group by given.key
    on conflict do nothing;
  else
    v_ids := array(select gen_random_uuid() from generate_series(1, v_count));
    -- Most rows are new: they are put in at once, and only those that are not taken are looked at.
    with made as (
      insert into public.contacts
        (id, organization_id, email, phone, first_name, last_name, company, job_title, country, note, import_id,
          created_by)
      select given.*, (take_contacts.import).id, (take_contacts.import).created_by
      from (
        select item.id, (take_contacts.import).organization_id, item.email, item.phone, item.first_name,
          item.last_name, item.company, item.job_title, item.country, item.note
        from unnest(
          v_ids, v_email, v_phone, v_first_name, v_last_name, v_company, v_job_title, v_country, v_note
        ) as item (id, email, phone, first_name, last_name, company, job_title, country, note)
      ) as given
      on conflict do nothing
      returning contacts.id
    )
    select array_agg(made.id) into v_result.inserted_ids from made;
    v_result.inserted_ids := coalesce(v_result.inserted_ids, '{}');
    v_result.inserted_count := cardinality(v_result.inserted_ids);
    if v_result.inserted_count = v_count then
      return v_result;
    end if;
  end if;

  with given as (
    select item.*
    from unnest(
      take_contacts.row_numbers, v_ids, v_email, v_phone, v_first_name, v_last_name, v_company, v_job_title, v_country,
      v_note
    ) as item (row_number, id, email, phone, first_name, last_name, company, job_title, country, note)
    where take_contacts.is_check
      or not exists (select from unnest(v_result.inserted_ids) as inserted (id) where inserted.id = item.id)
  ),
  found as (
    select given.*, coalesce(by_email.id, by_phone.id) as contact_id,
      by_email.id is distinct from by_phone.id and num_nonnulls(by_email.id, by_phone.id) = 2 as is_ambiguous,
      -- Came earlier in the same file.
      coalesce((take_contacts.import).id in (by_email.import_id, by_phone.import_id), false)
        or (take_contacts.is_check and exists (
          select from private.import_keys
          where import_keys.import_id = (take_contacts.import).id and import_keys.row_number < given.row_number
            and import_keys.key in ('email:' || given.email, 'phone:' || given.phone)
        ))
        or (
          coalesce(by_email.id, by_phone.id) is not null
          and row_number() over (partition by coalesce(by_email.id, by_phone.id) order by given.row_number) > 1
        ) as is_repeated
    from given
    left join public.contacts as by_email
      on by_email.organization_id = (take_contacts.import).organization_id and by_email.email = given.email
    left join public.contacts as by_phone
      on by_phone.organization_id = (take_contacts.import).organization_id and by_phone.phone = given.phone
  ),
  judged as (
    select found.*, case
      when found.contact_id is null and not found.is_repeated then
        case when not take_contacts.is_check then 'import_row_conflict' end
      when (take_contacts.import).conflict_rule = 'skip' then null
      when found.is_ambiguous then 'import_row_ambiguous'
      when found.is_repeated then 'import_row_repeated'
      when (take_contacts.import).conflict_rule = 'fail' then 'import_row_exists'
    end as code
    from found
  ),
  before as (
    select judged.row_number, contacts.*
    from judged
    join public.contacts on contacts.id = judged.contact_id
    where judged.code is null and (take_contacts.import).conflict_rule = 'update'
  ),
  changed as (
    update public.contacts
    set email = coalesce(judged.email, contacts.email), phone = coalesce(judged.phone, contacts.phone),
      first_name = coalesce(judged.first_name, contacts.first_name),
      last_name = coalesce(judged.last_name, contacts.last_name), company = coalesce(judged.company, contacts.company),
      job_title = coalesce(judged.job_title, contacts.job_title), country = coalesce(judged.country, contacts.country),
      note = coalesce(judged.note, contacts.note), import_id = (take_contacts.import).id
    from judged
    where contacts.id = judged.contact_id and judged.code is null and not take_contacts.is_check
      and (take_contacts.import).conflict_rule = 'update'
    returning contacts.id
  )
  select
    array_agg(
      row(
        judged.row_number,
        case
          when judged.code is not null then 'failed'
          when (take_contacts.import).conflict_rule = 'update' then 'updated'
          else 'skipped'
        end,
        judged.contact_id, to_jsonb(before) - 'row_number', judged.code,
        case judged.code
          when 'import_row_conflict' then 'was added or removed by somebody else at the same moment'
          when 'import_row_ambiguous' then 'its address is one contact''s and its phone another one''s'
          when 'import_row_repeated' then 'has the address or phone of an earlier row of the file'
          when 'import_row_exists' then 'is there already'
        end
      )::private.import_row_result
      order by judged.row_number
    ) filter (where judged.code is not null or judged.contact_id is not null or judged.is_repeated),
    count(*) filter (where judged.code is null and judged.contact_id is null and not judged.is_repeated)
  into v_result.others, v_new_count
  from judged
  left join before on before.row_number = judged.row_number;
  if take_contacts.is_check then
    v_result.inserted_count := v_new_count;
  end if;
  return v_result;
end;
$$;
comment on function private.take_contacts(public.imports, int[], text[], boolean) is
  $$Takes contacts of a file, as private.call_take_function describes; a row is found again by its address or its phone.

Under "update" a file's blank cell leaves the value that is there. A row with the address or phone of an earlier row of the
file is skipped under "skip", and failed otherwise.$$;

create function private.untake_contacts(import public.imports, batch private.import_batches)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_undone int := 0;
  v_changed int;
  v_change record;
begin
  begin
    delete from public.contacts
    where contacts.id = any ((untake_contacts.batch).inserted_ids)
      and contacts.organization_id = (untake_contacts.import).organization_id
      and contacts.updated_at = (untake_contacts.batch).applied_at;
    get diagnostics v_undone = row_count;
  exception
    when foreign_key_violation then
      -- Something depends on one of them: that one stays, so one at a time.
      for v_change in select unnest((untake_contacts.batch).inserted_ids) as id loop
        begin
          delete from public.contacts
          where contacts.id = v_change.id
            and contacts.organization_id = (untake_contacts.import).organization_id
            and contacts.updated_at = (untake_contacts.batch).applied_at;
          get diagnostics v_changed = row_count;
          v_undone := v_undone + v_changed;
        exception
          when foreign_key_violation then
            null;
        end;
      end loop;
  end;
  for v_change in
    select import_changes.row_id, earlier.*
    from private.import_changes
    cross join lateral jsonb_populate_record(null::public.contacts, import_changes.before) as earlier
    where import_changes.import_id = (untake_contacts.import).id
      and import_changes.batch_number = (untake_contacts.batch).number
  loop
    begin
      update public.contacts
      set email = v_change.email, phone = v_change.phone, first_name = v_change.first_name,
        last_name = v_change.last_name, company = v_change.company, job_title = v_change.job_title,
        country = v_change.country, note = v_change.note, import_id = v_change.import_id
      where contacts.id = v_change.row_id
        and contacts.organization_id = (untake_contacts.import).organization_id
        and contacts.updated_at = (untake_contacts.batch).applied_at;
      get diagnostics v_changed = row_count;
      v_undone := v_undone + v_changed;
    exception
      -- Another contact has the address by now.
      when unique_violation then
        null;
    end;
  end loop;
  return v_undone;
end;
$$;
comment on function private.untake_contacts(public.imports, private.import_batches) is
  'Takes contacts of an import back, as private.undo_import_batch describes.';
