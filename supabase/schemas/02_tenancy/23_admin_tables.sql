-- What platform admins decide and what callers are asked about in every statement.
create table private.person_approvals (
  user_id uuid primary key references public.profiles (id) on delete cascade,
  approved_at timestamptz,
  approved_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint person_approvals_approved_by_goes_with_approved_at check (approved_by is null or approved_at is not null)
);
create index person_approvals_created_at_idx on private.person_approvals (created_at) where approved_at is null;
alter table private.person_approvals enable row level security;
revoke all on private.person_approvals from anon, authenticated, service_role;
create trigger t100_set_updated_at before update on private.person_approvals
  for each row execute function private.set_updated_at();

comment on table private.person_approvals is $$Accounts that a platform admin has to approve, or approved.

Only those made while the setting "sign_up.requires_approval" was on have a row. Until they are approved,
private.current_person_id() knows nobody behind them.$$;
comment on column private.person_approvals.user_id is 'The person.';
comment on column private.person_approvals.approved_at is 'When the account was approved; null while it waits.';
comment on column private.person_approvals.approved_by is
  'The admin who did; no foreign key, so that it outlives the account. Null where a right of the account did.';
comment on column private.person_approvals.created_at is 'When the account was made.';
comment on column private.person_approvals.updated_at is 'When the row last changed.';

create table private.support_accesses (
  id uuid primary key default gen_random_uuid(),
  admin_id uuid not null references public.profiles (id) on delete cascade,
  organization_id uuid references public.organizations (id) on delete cascade,
  reason text not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint support_accesses_reason_has_length check (char_length(reason) between 10 and 500),
  constraint support_accesses_expires_at_is_near check (expires_at <= created_at + interval '4 hours')
);
create index support_accesses_admin_id_expires_at_idx on private.support_accesses (admin_id, expires_at);
create index support_accesses_organization_id_idx on private.support_accesses (organization_id);
alter table private.support_accesses enable row level security;
revoke all on private.support_accesses from anon, authenticated, service_role;
create trigger t100_set_updated_at before update on private.support_accesses
  for each row execute function private.set_updated_at();

comment on table private.support_accesses is $$For which time a platform admin reads the rows of an organization, or of all, and why.

Without a row that is open, an admin reads what every other person reads. See docs/decisions/0004-support-access.md.$$;
comment on column private.support_accesses.id is 'Identifies the access.';
comment on column private.support_accesses.admin_id is 'Who reads.';
comment on column private.support_accesses.organization_id is 'Whose rows; null for those of all organizations.';
comment on column private.support_accesses.reason is 'Why, 10 to 500 characters; in the audit log of the organization where it is for one alone.';
comment on column private.support_accesses.expires_at is 'When it ends by itself, at most four hours after its beginning.';
comment on column private.support_accesses.ended_at is 'When it was ended before that; null otherwise.';
comment on column private.support_accesses.created_at is 'When it began.';
comment on column private.support_accesses.updated_at is 'When the row last changed.';
