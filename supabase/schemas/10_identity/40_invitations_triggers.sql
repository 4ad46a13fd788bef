create trigger t100_set_updated_at before update on public.invitations
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.ownership_transfers
  for each row execute function private.set_updated_at();

-- Definer: whoever deletes the role holds no update on invitations.
create function private.custom_roles_revoke_invitations()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.invitations set status = 'revoked', ended_at = now()
  where invitations.custom_role_id = old.id and invitations.status = 'pending'
    -- When the organization itself is going, nobody is left to be told.
    and exists (select from public.organizations where organizations.id = old.organization_id);
  return old;
end;
$$;
comment on function private.custom_roles_revoke_invitations() is
  'Revokes invitations to a role that is deleted, which would otherwise give the permissions of its base role.';
create trigger t500_revoke_invitations before delete on public.custom_roles
  for each row execute function private.custom_roles_revoke_invitations();

-- Definer: clients hold no grant on the queue.
create function private.invitations_emit_event()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_event text := case when tg_op = 'INSERT' then 'created' else new.status::text end;
begin
  perform private.emit_event(
    'invitation.' || v_event, new.organization_id,
    jsonb_build_object(
      'invitation_id', new.id, 'role', new.role, 'binding_kind', new.binding_kind, 'binding_id', new.binding_id,
      'invited_by', new.invited_by, 'accepted_by', new.accepted_by
    ),
    'invitation.' || v_event || ':' || new.id
  );
  return null;
end;
$$;
comment on function private.invitations_emit_event() is
  'Emits invitation.created, .accepted, .declined, .revoked and .expired with ids, never with the address.';
create trigger t900_emit_created after insert on public.invitations
  for each row execute function private.invitations_emit_event();
create trigger t900_emit_ended after update of status on public.invitations
  for each row when (old.status is distinct from new.status)
  execute function private.invitations_emit_event();

-- Definer: as private.invitations_emit_event.
create function private.ownership_transfers_emit_event()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_event text := case when tg_op = 'INSERT' then 'proposed' else new.status::text end;
begin
  perform private.emit_event(
    'ownership_transfer.' || v_event, new.organization_id,
    jsonb_build_object('transfer_id', new.id, 'from_user_id', new.from_user_id, 'to_user_id', new.to_user_id),
    'ownership_transfer.' || v_event || ':' || new.id
  );
  return null;
end;
$$;
comment on function private.ownership_transfers_emit_event() is
  'Emits ownership_transfer.proposed, .accepted, .declined, .cancelled and .expired, so that both sides are told.';
create trigger t900_emit_proposed after insert on public.ownership_transfers
  for each row execute function private.ownership_transfers_emit_event();
create trigger t900_emit_ended after update of status on public.ownership_transfers
  for each row when (old.status is distinct from new.status)
  execute function private.ownership_transfers_emit_event();

-- Definer: as private.invitations_emit_event.
create function private.memberships_emit_joined()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.emit_event(
    'member.joined', new.organization_id,
    jsonb_build_object('membership_id', new.id, 'user_id', new.user_id, 'role', new.role), 'member.joined:' || new.id
  );
  return null;
end;
$$;
comment on function private.memberships_emit_joined() is 'Emits member.joined when a person joins an organization.';
create trigger t900_emit_joined after insert on public.memberships
  for each row when (new.user_id is not null)
  execute function private.memberships_emit_joined();

select private.audit_table(
  'public.invitations',
  '{
    email, role, custom_role_id, binding_kind, binding_id, kind, status, invited_by, accepted_by, expires_at, sent_count
  }',
  masked := '{email}'
);
select private.audit_table('public.ownership_transfers', '{from_user_id, to_user_id, status}');
