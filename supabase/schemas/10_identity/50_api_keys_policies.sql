-- Written by RPCs alone, which make the hash beside the key.
alter table public.api_keys enable row level security;
revoke all on public.api_keys from anon, authenticated, service_role;
grant select on public.api_keys to authenticated, service_role;
create policy api_keys_select_reader on public.api_keys
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('api_keys.read'))));

-- Private tables: no API role holds any grant.
alter table private.api_key_hashes enable row level security;
revoke all on private.api_key_hashes from anon, authenticated, service_role;
alter table private.sign_in_attempts enable row level security;
revoke all on private.sign_in_attempts from anon, authenticated, service_role;
