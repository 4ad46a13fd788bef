create table public.ownership_transfers (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  from_user_id uuid not null references public.profiles (id) on delete cascade,
  to_user_id uuid not null references public.profiles (id) on delete cascade,
  status public.ownership_transfer_status not null default 'pending',
  expires_at timestamptz not null,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint ownership_transfers_is_between_two_people check (from_user_id <> to_user_id),
  constraint ownership_transfers_ended_at_matches_status check ((status = 'pending') = (ended_at is null))
);
create unique index ownership_transfers_one_pending_for_each_organization_idx
  on public.ownership_transfers (organization_id) where status = 'pending';
create index ownership_transfers_organization_id_idx on public.ownership_transfers (organization_id);
create index ownership_transfers_from_user_id_idx on public.ownership_transfers (from_user_id);
create index ownership_transfers_to_user_id_idx on public.ownership_transfers (to_user_id);
create index ownership_transfers_expires_at_idx on public.ownership_transfers (expires_at) where status = 'pending';

comment on table public.ownership_transfers is $$Offers of an owner to hand an organization over to another member, which both sides confirm.

Made with propose_ownership_transfer, answered with accept_ownership_transfer or decline_ownership_transfer, taken back
with cancel_ownership_transfer. Owners, admins and the two people see them.$$;
comment on column public.ownership_transfers.id is 'What the transfer RPCs are called with.';
comment on column public.ownership_transfers.organization_id is 'The organization; it has one pending transfer at a time.';
comment on column public.ownership_transfers.from_user_id is 'The owner who offers, an admin afterwards.';
comment on column public.ownership_transfers.to_user_id is 'The member who becomes owner by accepting.';
comment on column public.ownership_transfers.status is
  'What became of it. A pending one whose expires_at is over counts as expired already.';
comment on column public.ownership_transfers.expires_at is 'Until when it can be accepted: seven days.';
comment on column public.ownership_transfers.ended_at is 'When it was answered, taken back or expired; null while pending.';
comment on column public.ownership_transfers.created_at is 'When it was offered.';
comment on column public.ownership_transfers.updated_at is 'When the row last changed.';

alter table public.ownership_transfers enable row level security;
revoke all on public.ownership_transfers from anon, authenticated, service_role;
grant select on public.ownership_transfers to authenticated;
grant select, delete on public.ownership_transfers to service_role;
create policy ownership_transfers_select_party on public.ownership_transfers
  for select to authenticated
  using (
    (
      (from_user_id = (select private.current_person_id()) or to_user_id = (select private.current_person_id()))
      and organization_id = any (array(select private.organizations_with('members.read')))
    )
    or organization_id = any (array(select private.organizations_with('members.manage')))
  );
