-- Use is no change.
create trigger t100_set_updated_at before update on public.api_keys
  for each row when (old.last_used_at is not distinct from new.last_used_at)
  execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.api_key_hashes
  for each row execute function private.set_updated_at();

select private.audit_table(
  'public.api_keys',
  '{service_account_id, name, prefix, scopes, allowed_ips, expires_at, revoked_at, rotated_from_id, overlap_ends_at}'
);

-- Definer: clients cannot emit events.
create function private.api_keys_emit_event()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.emit_event(
    tg_argv[0], new.organization_id,
    jsonb_build_object(
      'api_key_id', new.id, 'service_account_id', new.service_account_id, 'rotated_from_id', new.rotated_from_id
    ),
    tg_argv[0] || ':' || new.id
  );
  return null;
end;
$$;
comment on function private.api_keys_emit_event() is 'Tells that a key was made, replaced or revoked; never the key.';
create trigger t900_emit_created after insert on public.api_keys
  for each row when (new.rotated_from_id is null) execute function private.api_keys_emit_event('api_key.created');
create trigger t900_emit_rotated after insert on public.api_keys
  for each row when (new.rotated_from_id is not null) execute function private.api_keys_emit_event('api_key.rotated');
create trigger t900_emit_revoked after update of revoked_at on public.api_keys
  for each row when (old.revoked_at is null and new.revoked_at is not null)
  execute function private.api_keys_emit_event('api_key.revoked');
