create table public.invitations (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  email text not null,
  role text not null references public.roles (role) on update cascade,
  custom_role_id uuid,
  binding_kind text,
  binding_id uuid,
  kind public.invitation_kind not null default 'one_time',
  status public.invitation_status not null default 'pending',
  invited_by uuid references public.profiles (id) on delete set null,
  accepted_by uuid references public.profiles (id) on delete set null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  sent_count int not null default 1,
  last_sent_at timestamptz,
  resendable_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint invitations_email_is_normal_address
    check (email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$' and email = lower(email) and char_length(email) <= 320),
  constraint invitations_role_is_no_owner check (role <> 'owner'),
  constraint invitations_custom_role_is_of_organization_and_rank foreign key (custom_role_id, organization_id, role)
    references public.custom_roles (id, organization_id, base_role) on update cascade on delete set null (custom_role_id),
  constraint invitations_binding_kind_is_outsiders check (binding_kind in ('vendor', 'marketer', 'client', 'investor')),
  constraint invitations_binding_id_has_kind check (binding_id is null or binding_kind is not null),
  constraint invitations_outsiders_are_bound_as_what_they_are
    check (role not in ('vendor', 'marketer', 'client', 'investor') or (binding_kind is not null and binding_kind = role)),
  constraint invitations_ended_at_matches_status check ((status = 'pending') = (ended_at is null)),
  -- Not the other way round: the account may be gone.
  constraint invitations_accepted_by_matches_status check (accepted_by is null or status = 'accepted'),
  constraint invitations_sent_count_is_positive check (sent_count >= 1)
);
create unique index invitations_one_pending_for_each_address_idx on public.invitations (organization_id, email)
  where status = 'pending';
create index invitations_organization_id_created_at_id_idx on public.invitations (organization_id, created_at, id);
-- The address of who signs up leads to the organization that waits for them.
create index invitations_email_idx on public.invitations (email) where status = 'pending';
create index invitations_role_idx on public.invitations (role);
create index invitations_custom_role_id_organization_id_role_idx
  on public.invitations (custom_role_id, organization_id, role);
create index invitations_invited_by_idx on public.invitations (invited_by);
create index invitations_accepted_by_idx on public.invitations (accepted_by);
create index invitations_expires_at_idx on public.invitations (expires_at) where status = 'pending';
create index invitations_ended_at_idx on public.invitations (ended_at);

comment on table public.invitations is $$People who were asked by mail to join an organization.

Made with create_invitations, ended with accept_invitation, decline_invitation, revoke_invitation or by time. Who has
members.manage sees them. They are deleted 90 days after they ended.$$;
comment on column public.invitations.id is 'What revoke_invitation and resend_invitation are called with; no secret.';
comment on column public.invitations.organization_id is 'The organization.';
comment on column public.invitations.email is
  'The address invited, in lower case; only an account with this confirmed address can accept.';
comment on column public.invitations.role is
  'The role that accepting gives; that of an outsider gives no membership, only the binding.';
comment on column public.invitations.custom_role_id is
  'The role of the organization''s own that accepting gives; null for the fixed role.';
comment on column public.invitations.binding_kind is
  'As what the person is bound to a row (vendor, marketer, client, investor); null for no binding.';
comment on column public.invitations.binding_id is
  'The row that the person is bound to; null for none yet. The domain that owns the row binds, on topic "invitation.accepted".';
comment on column public.invitations.kind is 'How long it can be accepted.';
comment on column public.invitations.status is
  'What became of it. A pending one whose expires_at is over counts as expired already.';
comment on column public.invitations.invited_by is
  'Who invited, or sent it again last. It counts as long as this person may still invite; null when the account is gone.';
comment on column public.invitations.accepted_by is 'Who accepted; null for nobody or when that account is gone.';
comment on column public.invitations.expires_at is 'Until when it can be accepted.';
comment on column public.invitations.ended_at is 'When it was accepted, declined, revoked or expired; null while pending.';
comment on column public.invitations.sent_count is 'How many mails it was sent with, the one on its way included.';
comment on column public.invitations.last_sent_at is 'When the last mail left; null before that.';
comment on column public.invitations.resendable_at is 'From when it can be sent again.';
comment on column public.invitations.created_at is 'When it was made.';
comment on column public.invitations.updated_at is 'When the row last changed.';

alter table public.invitations enable row level security;
revoke all on public.invitations from anon, authenticated, service_role;
grant select on public.invitations to authenticated;
grant select, delete on public.invitations to service_role;
create policy invitations_select_manager on public.invitations
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('invitations.read'))));

-- Apart from the invitation, because one mail may be tried several times: each try has a token of its own, and whichever
-- arrives works.
create table private.invitation_tokens (
  token_hash bytea primary key,
  invitation_id uuid not null references public.invitations (id) on delete cascade,
  created_at timestamptz not null default now(),
  constraint invitation_tokens_token_hash_is_sha_256 check (octet_length(token_hash) = 32)
);
create index invitation_tokens_invitation_id_idx on private.invitation_tokens (invitation_id);
comment on table private.invitation_tokens is $$Hashes of the tokens that stand in the last mail of an invitation.

The tokens themselves are in the mails alone. Sending again removes those of the mail before.$$;
comment on column private.invitation_tokens.token_hash is 'SHA-256 of the token, which is random enough to need no salt.';
comment on column private.invitation_tokens.invitation_id is 'The invitation that the token accepts.';
comment on column private.invitation_tokens.created_at is 'When the mail was written.';
alter table private.invitation_tokens enable row level security;
revoke all on private.invitation_tokens from anon, authenticated, service_role;
