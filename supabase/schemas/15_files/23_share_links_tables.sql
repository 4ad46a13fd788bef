create type public.file_share_event as enum ('viewed', 'downloaded', 'refused');
comment on type public.file_share_event is
  'What happened at a share link: it was looked at, the file was fetched, or the password was wrong.';

create table public.file_share_links (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  file_id uuid not null,
  token_prefix text not null,
  has_password boolean not null default false,
  download_limit int,
  download_count int not null default 0,
  view_count int not null default 0,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint file_share_links_organization_id_id_key unique (organization_id, id),
  constraint file_share_links_file_in_same_organization
    foreign key (organization_id, file_id) references public.files (organization_id, id) on delete cascade,
  constraint file_share_links_download_limit_is_positive check (download_limit > 0),
  constraint file_share_links_downloads_within_limit check (download_count between 0 and coalesce(download_limit, download_count)),
  constraint file_share_links_expires_after_creation check (expires_at > created_at)
);
create index file_share_links_organization_id_file_id_idx on public.file_share_links (organization_id, file_id);
create index file_share_links_created_by_idx on public.file_share_links (created_by);
comment on table public.file_share_links is $$Links with which somebody without an account gets one file.

Made with create_share_link, ended with revoke_share_link. Who manages the file sees them, without what makes them work.$$;
comment on column public.file_share_links.id is 'Identifies the link.';
comment on column public.file_share_links.organization_id is 'Whose file it is.';
comment on column public.file_share_links.file_id is 'The file; always its present version.';
comment on column public.file_share_links.token_prefix is 'The first characters of the link, to tell links apart.';
comment on column public.file_share_links.has_password is 'Whether it asks for a password.';
comment on column public.file_share_links.download_limit is 'How often the file can be fetched with it; null for any number.';
comment on column public.file_share_links.download_count is 'How often it was fetched.';
comment on column public.file_share_links.view_count is 'How often the link was looked at.';
comment on column public.file_share_links.expires_at is 'Until when it works.';
comment on column public.file_share_links.revoked_at is 'When somebody ended it; null otherwise.';
comment on column public.file_share_links.created_by is 'Who made it; null for programs, and when the account is gone.';
comment on column public.file_share_links.created_at is 'When it was made.';
comment on column public.file_share_links.updated_at is 'When the row last changed.';
alter table public.file_share_links enable row level security;
revoke all on public.file_share_links from anon, authenticated, service_role;
grant select on public.file_share_links to authenticated, service_role;
create policy file_share_links_select_manager on public.file_share_links
  for select to authenticated
  using (
    organization_id = any (array(select private.organizations_with('share_links.read')))
    or (
      created_by = (select private.current_person_id())
      and organization_id = any (array(select private.organizations_with('files.read')))
    )
  );
create trigger t100_set_updated_at before update on public.file_share_links
  for each row execute function private.set_updated_at();

create table private.file_share_secrets (
  link_id uuid primary key references public.file_share_links (id) on delete cascade,
  token_hash bytea not null,
  password_hash text,
  created_at timestamptz not null default now(),
  constraint file_share_secrets_token_hash_key unique (token_hash),
  constraint file_share_secrets_token_hash_is_sha_256 check (length(token_hash) = 32)
);
alter table private.file_share_secrets enable row level security;
revoke all on private.file_share_secrets from anon, authenticated, service_role;
comment on table private.file_share_secrets is 'What makes share links work, hashed.';
comment on column private.file_share_secrets.link_id is 'The link.';
comment on column private.file_share_secrets.token_hash is 'SHA-256 of the token in the link, which nobody keeps.';
comment on column private.file_share_secrets.password_hash is 'bcrypt of the password; null without one.';
comment on column private.file_share_secrets.created_at is 'When the link was made.';

create table public.file_share_views (
  id bigint generated always as identity primary key,
  organization_id uuid not null,
  link_id uuid not null,
  event public.file_share_event not null,
  address_hash text,
  user_agent text,
  created_at timestamptz not null default now(),
  constraint file_share_views_link_in_same_organization
    foreign key (organization_id, link_id) references public.file_share_links (organization_id, id) on delete cascade,
  constraint file_share_views_user_agent_has_length check (char_length(user_agent) <= 300)
);
create index file_share_views_organization_id_link_id_idx on public.file_share_views (organization_id, link_id);
create index file_share_views_link_id_id_idx on public.file_share_views (link_id, id desc);
create index file_share_views_created_at_idx on public.file_share_views (created_at);
comment on table public.file_share_views is 'Who looked at share links, as far as it is known, for who manages the file.';
comment on column public.file_share_views.id is 'Order of the views.';
comment on column public.file_share_views.organization_id is 'Whose file it is.';
comment on column public.file_share_views.link_id is 'The link.';
comment on column public.file_share_views.event is 'What happened.';
comment on column public.file_share_views.address_hash is
  'The network address, hashed: the same for the same address, and no address.';
comment on column public.file_share_views.user_agent is 'What the browser says it is, at most 300 characters.';
comment on column public.file_share_views.created_at is 'When.';
alter table public.file_share_views enable row level security;
revoke all on public.file_share_views from anon, authenticated, service_role;
grant select on public.file_share_views to authenticated, service_role;
create policy file_share_views_select_manager on public.file_share_views
  for select to authenticated
  using (
    organization_id = any (array(select private.organizations_with('files.read')))
    -- Under the policy of links.
    and exists (select from public.file_share_links where file_share_links.id = file_share_views.link_id)
  );

select private.audit_table('public.file_share_links', '{file_id, has_password, download_limit, expires_at, revoked_at}');
