-- Definer: the counter is nobody's to write.
create function private.record_file_download(file_id uuid)
  returns public.file_versions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_file public.files := private.lock_file(record_file_download.file_id, 'download');
  v_version public.file_versions;
begin
  if v_file.state <> 'clean' then
    perform private.raise_error(
      case when v_file.state = 'deleted' then 404 else 409 end,
      case when v_file.state = 'deleted' then 'file_not_found' else 'file_not_clean' end,
      format('Cannot download file: its state is "%s"', v_file.state),
      case when v_file.state in ('uploading', 'quarantined') then 'Wait until the scan is done.' end
    );
  end if;
  update public.files
  set download_count = files.download_count + 1, last_downloaded_at = now()
  where files.id = v_file.id;
  perform private.record_audit_event('download', v_file.organization_id, 'files', v_file.id::text,
    changes := jsonb_build_object('version_number', v_file.version_number));
  select * into v_version from public.file_versions
  where file_versions.file_id = v_file.id and file_versions.version_number = v_file.version_number;
  return v_version;
end;
$$;
comment on function private.record_file_download(uuid) is 'Body of public.record_file_download.';
grant execute on function private.record_file_download(uuid) to authenticated;

create function public.record_file_download(file_id uuid)
  returns public.file_versions
  language sql volatile set search_path = ''
as $$
  select private.record_file_download(record_file_download.file_id)
$$;
comment on function public.record_file_download(uuid) is
  $$Counts a download of a file, writes it to the audit log and returns the version to be downloaded. Needs files.read.

What POST /functions/v1/files/{id}/link and the REST face do before they give out content. 409 file_not_clean before the
scan is done and for an infected file.$$;
grant execute on function public.record_file_download(uuid) to authenticated;
