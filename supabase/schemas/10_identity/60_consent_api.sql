create function private.has_consent(user_id uuid, kind text)
  returns boolean
  language sql stable security definer set search_path = ''
as $$
  -- Definer: asked for people whose consents the caller cannot see.
  select coalesce(
    (
      select consents.is_granted from public.consents
      where consents.user_id = has_consent.user_id and consents.kind = has_consent.kind
      order by consents.id desc limit 1
    ), false
  )
$$;
comment on function private.has_consent(uuid, text) is
  'Whether a person consents now, such as to "marketing"; senders ask it before each mail.';
grant execute on function private.has_consent(uuid, text) to service_role;

-- Definer: clients hold no insert.
create function private.record_consent(kind text, version text, is_granted boolean)
  returns public.consents
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_person_id uuid;
  v_document public.consent_documents;
  v_consent public.consents;
begin
  -- Locked, so that a double click is one word.
  select profiles.id into v_person_id from public.profiles
  where profiles.id = (select private.acting_person_id())
  for no key update;
  if not found then
    perform private.raise_error(403, 'person_required', 'Cannot record consent: no active person is signed in');
  end if;
  select * into v_document from public.consent_documents
  where consent_documents.kind = record_consent.kind and consent_documents.version = record_consent.version
    and consent_documents.published_at <= now();
  if not found then
    perform private.raise_error(404, 'consent_document_not_found',
      format('Cannot record consent: no version "%s" of "%s" is published', record_consent.version, record_consent.kind));
  end if;
  if not record_consent.is_granted and v_document.is_required then
    perform private.raise_error(409, 'consent_required', 'Cannot withdraw consent: nobody uses the product without it',
      'Who no longer agrees deletes the account.');
  end if;
  select * into v_consent from public.consents
  where consents.user_id = v_person_id and consents.kind = record_consent.kind
  order by consents.id desc limit 1;
  if v_consent.version = record_consent.version and v_consent.is_granted = record_consent.is_granted then
    return v_consent;
  end if;
  insert into public.consents (user_id, kind, version, is_granted)
  values (v_person_id, record_consent.kind, record_consent.version, coalesce(record_consent.is_granted, false))
  returning * into v_consent;
  return v_consent;
end;
$$;
comment on function private.record_consent(text, text, boolean) is 'Body of public.record_consent.';
grant execute on function private.record_consent(text, text, boolean) to authenticated;

create function public.record_consent(kind text, version text, is_granted boolean default true)
  returns public.consents
  language sql volatile set search_path = ''
as $$
  select private.record_consent(record_consent.kind, record_consent.version, record_consent.is_granted)
$$;
comment on function public.record_consent(text, text, boolean) is
  $$Records that the caller agrees to a version, or withdraws that with is_granted false, and returns the row.

The same word again changes nothing. What is required cannot be withdrawn: 409 consent_required.$$;
grant execute on function public.record_consent(text, text, boolean) to authenticated;

create function public.list_missing_consents()
  returns setof public.consent_documents
  language sql stable set search_path = ''
as $$
  select newest.*
  from (
    select distinct on (consent_documents.kind) consent_documents.* from public.consent_documents
    where consent_documents.published_at <= now()
    order by consent_documents.kind, consent_documents.published_at desc
  ) as newest
  where newest.is_required and not exists (
    select from public.consents
    where consents.user_id = (select private.current_person_id()) and consents.kind = newest.kind
      and consents.version = newest.version and consents.is_granted
  )
$$;
comment on function public.list_missing_consents() is
  'Versions that the caller must still agree to before going on; none when all is agreed.';
grant execute on function public.list_missing_consents() to authenticated;
