create function public.record_audit_event(
  action text,
  object_type text,
  organization_id uuid default null,
  object_id text default null,
  changes jsonb default null,
  actor_kind public.audit_actor_kind default null,
  actor_id uuid default null,
  ip_address text default null,
  user_agent text default null,
  request_id text default null
)
  returns bigint
  language sql volatile set search_path = ''
as $$
  select private.record_audit_event(
    record_audit_event.action, record_audit_event.organization_id, record_audit_event.object_type,
    record_audit_event.object_id, record_audit_event.changes, record_audit_event.actor_kind,
    record_audit_event.actor_id, private.parse_ip_address(record_audit_event.ip_address),
    record_audit_event.user_agent, record_audit_event.request_id
  )
$$;
comment on function public.record_audit_event(
  text, text, uuid, text, jsonb, public.audit_actor_kind, uuid, text, text, text
) is $$Writes an audit entry for what is no row change and returns its id. For the backend itself.

Without organization_id it belongs to no organization. With actor_id alone the actor is a user.$$;
grant execute on function public.record_audit_event(
  text, text, uuid, text, jsonb, public.audit_actor_kind, uuid, text, text, text
) to service_role;
grant execute on function private.parse_ip_address(text) to service_role;

-- Definer: the chains are not for clients to read, the answer is.
create function private.verify_audit_chain(
  organization_id uuid, after_sequence bigint, batch_size int,
  out is_intact boolean, out problem text, out broken_sequence bigint, out broken_entry_id bigint,
  out checked_count bigint, out checked_sequence bigint, out is_complete boolean,
  out head_sequence bigint, out head_hash text, out oldest_sequence bigint, out oldest_hash text,
  out unsealed_count bigint, out oldest_unsealed_at timestamptz
)
  language plpgsql stable security definer set search_path = ''
as $$
begin
  if verify_audit_chain.organization_id is null then
    perform private.require_platform_admin('verify audit chain');
  elsif not private.has_permission(verify_audit_chain.organization_id, 'audit.read') then
    if private.is_platform_admin() then
      perform private.require_platform_admin('verify audit chain');
    else
      perform private.require_permission(verify_audit_chain.organization_id, 'audit.read', 'verify audit chain');
    end if;
  end if;
  select checked.* into is_intact, problem, broken_sequence, broken_entry_id, checked_count, checked_sequence,
    is_complete, head_sequence, head_hash, oldest_sequence, oldest_hash, unsealed_count, oldest_unsealed_at
  from private.check_audit_chain(
    private.audit_chain_id(verify_audit_chain.organization_id), verify_audit_chain.after_sequence,
    verify_audit_chain.batch_size
  ) as checked;
end;
$$;
comment on function private.verify_audit_chain(uuid, bigint, int) is 'Body of public.verify_audit_chain.';
grant execute on function private.verify_audit_chain(uuid, bigint, int) to authenticated;

create function public.verify_audit_chain(
  organization_id uuid default null, after_sequence bigint default 0, batch_size int default 50000,
  out is_intact boolean, out problem text, out broken_sequence bigint, out broken_entry_id bigint,
  out checked_count bigint, out checked_sequence bigint, out is_complete boolean,
  out head_sequence bigint, out head_hash text, out oldest_sequence bigint, out oldest_hash text,
  out unsealed_count bigint, out oldest_unsealed_at timestamptz
)
  language sql stable set search_path = ''
as $$
  select *
  from private.verify_audit_chain(
    verify_audit_chain.organization_id, verify_audit_chain.after_sequence, verify_audit_chain.batch_size
  )
$$;
comment on function public.verify_audit_chain(uuid, bigint, int) is
  $$Checks that no sealed audit entry of an organization was changed, removed, added or reordered.

For members with audit.read and for platform admins, who also check the entries of no organization, without an id.
Entries are sealed within a minute or two: unsealed_count of them, the oldest from oldest_unsealed_at, are not protected yet.

Up to batch_size seals are checked after after_sequence; while is_complete is false and problem null, call again with
checked_sequence as after_sequence. problem names what is wrong at broken_sequence, the entry being broken_entry_id:
entry_changed, entry_missing, entry_unknown (written past the log's own functions), seal_changed (also reordered),
seal_missing, tail_missing or head_changed. head_hash is the present end of the chain; who keeps it outside can prove
later that the chain was not rewritten as a whole. oldest_hash is where the kept part begins, after oldest_sequence
entries that went with their months.$$;
grant execute on function public.verify_audit_chain(uuid, bigint, int) to authenticated;
