-- Definer: clients hold no insert, and nobody reads the hash.
create function private.create_share_link(file_id uuid, expires_at timestamptz, password text, download_limit int)
  returns table (link_id uuid, token text, ends_at timestamptz)
  language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  v_file public.files := private.lock_file(create_share_link.file_id, 'share');
  v_most timestamptz;
  v_token text := translate(encode(extensions.gen_random_bytes(32), 'base64'), '+/=', '-_');
  v_link public.file_share_links;
begin
  perform private.require_file_change(v_file, 'share');
  if v_file.state <> 'clean' then
    perform private.raise_error(
      case when v_file.state = 'deleted' then 404 else 409 end,
      case when v_file.state = 'deleted' then 'file_not_found' else 'file_not_clean' end,
      format('Cannot share file: its state is "%s"', v_file.state));
  end if;
  v_most := now() + make_interval(days => private.setting_integer('files.share_days', v_file.organization_id)::int);
  if create_share_link.expires_at <= now() or create_share_link.expires_at > v_most then
    perform private.raise_error(422, 'share_link_expiry_invalid',
      format('Cannot share file: a link ends in the future, at the latest on %s', v_most::date));
  end if;
  if char_length(create_share_link.password) not between 8 and 72 or octet_length(create_share_link.password) > 72 then
    perform private.raise_error(422, 'share_link_password_invalid',
      'Cannot share file: a password has 8 to 72 characters');
  end if;
  insert into public.file_share_links
    (organization_id, file_id, token_prefix, has_password, download_limit, expires_at, created_by)
  values (
    v_file.organization_id, v_file.id, left(v_token, 6), create_share_link.password is not null,
    create_share_link.download_limit, coalesce(create_share_link.expires_at, v_most), (select private.acting_person_id())
  )
  returning * into v_link;
  insert into private.file_share_secrets (link_id, token_hash, password_hash)
  values (
    v_link.id, sha256(convert_to(v_token, 'UTF8')),
    extensions.crypt(create_share_link.password, extensions.gen_salt('bf', 10))
  );
  return query select v_link.id, v_token, v_link.expires_at;
end;
$$;
comment on function private.create_share_link(uuid, timestamptz, text, int) is 'Body of public.create_share_link.';
grant execute on function private.create_share_link(uuid, timestamptz, text, int) to authenticated;

create function public.create_share_link(
  file_id uuid, expires_at timestamptz default null, password text default null, download_limit int default null
)
  returns table (link_id uuid, token text, ends_at timestamptz)
  language sql volatile set search_path = ''
as $$
  select * from private.create_share_link(
    create_share_link.file_id, create_share_link.expires_at, create_share_link.password, create_share_link.download_limit
  )
$$;
comment on function public.create_share_link(uuid, timestamptz, text, int) is
  $$Makes a link with which somebody without an account gets a file, and returns what goes into it: shown once.

The link is /functions/v1/files/shared/{token}. It works until expires_at (at most setting files.share_days, which is
also the default), for at most download_limit downloads, and with a password of 8 to 72 characters where one is given. For
who uploaded the file, and files.manage. Errors: 404 file_not_found, 409 file_not_clean, 422 share_link_expiry_invalid or
share_link_password_invalid.$$;
grant execute on function public.create_share_link(uuid, timestamptz, text, int) to authenticated;

-- Definer: clients hold no update.
create function private.revoke_share_link(link_id uuid)
  returns public.file_share_links
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_link public.file_share_links;
begin
  select * into v_link from public.file_share_links
  where file_share_links.id = revoke_share_link.link_id
    and (
      file_share_links.organization_id = any (array(select private.organizations_with('files.manage')))
      or (
        file_share_links.created_by = (select private.acting_person_id())
        and file_share_links.organization_id = any (array(select private.organizations_with('files.write')))
      )
    )
  for update;
  if not found then
    perform private.raise_error(404, 'share_link_not_found', 'Cannot revoke the link: no such link');
  end if;
  update public.file_share_links set revoked_at = coalesce(file_share_links.revoked_at, now())
  where file_share_links.id = v_link.id returning * into v_link;
  return v_link;
end;
$$;
comment on function private.revoke_share_link(uuid) is 'Body of public.revoke_share_link.';
grant execute on function private.revoke_share_link(uuid) to authenticated;

create function public.revoke_share_link(link_id uuid)
  returns public.file_share_links
  language sql volatile set search_path = ''
as $$
  select private.revoke_share_link(revoke_share_link.link_id)
$$;
comment on function public.revoke_share_link(uuid) is
  'Ends a share link at once and returns it; again it changes nothing. 404 share_link_not_found.';
grant execute on function public.revoke_share_link(uuid) to authenticated;

-- Definer: for the backend, which checks nothing of this itself.
create function private.open_share_link(
  token text, password text, does_download boolean, address text, user_agent text
)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_link public.file_share_links;
  v_secret private.file_share_secrets;
  v_file public.files;
  v_version public.file_versions;
  v_event public.file_share_event;
begin
  select * into v_secret from private.file_share_secrets
  where file_share_secrets.token_hash = sha256(convert_to(coalesce(open_share_link.token, ''), 'UTF8'));
  -- Locked: the last download that is left goes to one.
  select * into v_link from public.file_share_links where file_share_links.id = v_secret.link_id for update;
  select * into v_file from public.files where files.id = v_link.file_id;
  -- One answer for all that does not work, so that nobody learns which links there were.
  if v_link.id is null or v_link.revoked_at is not null or v_link.expires_at <= now() or v_file.state <> 'clean'
    or v_link.download_count >= v_link.download_limit
    or not private.is_organization_active(v_link.organization_id)
  then
    return jsonb_build_object('outcome', 'not_found');
  end if;
  v_event := case
    when v_secret.password_hash is not null and open_share_link.password is not null
      and extensions.crypt(open_share_link.password, v_secret.password_hash) <> v_secret.password_hash then 'refused'
    when open_share_link.does_download and (v_secret.password_hash is null or open_share_link.password is not null)
      then 'downloaded'
    else 'viewed'
  end;
  insert into public.file_share_views (organization_id, link_id, event, address_hash, user_agent)
  values (
    v_link.organization_id, v_link.id, v_event, private.hashed_address(open_share_link.address),
    left(open_share_link.user_agent, 300)
  );
  update public.file_share_links
  set view_count = file_share_links.view_count + (v_event = 'viewed')::int,
    download_count = file_share_links.download_count + (v_event = 'downloaded')::int
  where file_share_links.id = v_link.id;
  if v_event = 'refused' then
    return jsonb_build_object('outcome', 'password_wrong');
  end if;
  if v_secret.password_hash is not null and open_share_link.password is null then
    return jsonb_build_object('outcome', 'password_required', 'expires_at', v_link.expires_at);
  end if;
  if v_event = 'downloaded' then
    update public.files set download_count = files.download_count + 1, last_downloaded_at = now()
    where files.id = v_file.id;
    perform private.record_audit_event(
      'download', v_file.organization_id, 'files', v_file.id::text,
      jsonb_build_object('version_number', v_file.version_number, 'share_link_id', v_link.id), 'system'
    );
    select * into v_version from public.file_versions
    where file_versions.file_id = v_file.id and file_versions.version_number = v_file.version_number;
  end if;
  return jsonb_strip_nulls(jsonb_build_object(
    'outcome', 'open', 'name', v_file.name, 'media_type', v_file.media_type, 'size_bytes', v_file.size_bytes,
    'expires_at', v_link.expires_at,
    'organization', (select organizations.name from public.organizations where organizations.id = v_link.organization_id),
    'bucket_id', v_version.bucket_id, 'object_path', v_version.object_path
  ));
end;
$$;
comment on function private.open_share_link(text, text, boolean, text, text) is 'Body of public.open_share_link.';
grant execute on function private.open_share_link(text, text, boolean, text, text) to service_role;

create function public.open_share_link(
  token text, password text default null, does_download boolean default false, address text default null,
  user_agent text default null
)
  returns jsonb
  language sql volatile set search_path = ''
as $$
  select private.open_share_link(
    open_share_link.token, open_share_link.password, open_share_link.does_download, open_share_link.address,
    open_share_link.user_agent
  )
$$;
comment on function public.open_share_link(text, text, boolean, text, text) is
  $$What is behind a share link, with the look at it recorded. For the backend itself.

outcome is "open" with name, media_type, size_bytes, organization, expires_at and, for a download, bucket_id and object_path;
"password_required", "password_wrong", or "not_found" for all links that do not work (any more).$$;
grant execute on function public.open_share_link(text, text, boolean, text, text) to service_role;

create function private.trim_share_views(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  delete from public.file_share_views where file_share_views.id in (
    select old.id from public.file_share_views as old
    where old.created_at < now() - make_interval(days => private.setting_integer('files.share_view_days')::int)
    order by old.created_at
    limit trim_share_views.batch_size
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.trim_share_views(int) is 'Removes views of share links that are older than setting files.share_view_days.';

create function private.job_trim_share_views(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'files_trim_share_views', 'private.trim_share_views'::regproc, job_trim_share_views.batch_size
  )
$$;
comment on function private.job_trim_share_views(int) is 'Removes old views of share links.';

select private.register_cron_job('files_trim_versions', '11 * * * *', 'select private.job_trim_versions(1000)');
select private.register_cron_job('files_trim_share_views', '41 3 * * *', 'select private.job_trim_share_views(10000)');
select private.install_cron_jobs();
select private.register_personal_data('public.file_share_links', 'created_by', 'keep');
