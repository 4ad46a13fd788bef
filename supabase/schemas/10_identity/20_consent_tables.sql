create table public.consent_documents (
  kind text not null,
  version text not null,
  title text not null,
  url text not null,
  is_required boolean not null,
  published_at timestamptz not null,
  primary key (kind, version),
  constraint consent_documents_kind_is_known check (kind in ('terms', 'privacy', 'marketing')),
  constraint consent_documents_version_has_length check (char_length(version) between 1 and 40),
  constraint consent_documents_url_is_https check (starts_with(url, 'https://'))
);
alter table public.consent_documents enable row level security;
revoke all on public.consent_documents from anon, authenticated, service_role;
grant select on public.consent_documents to authenticated;
grant select, insert on public.consent_documents to service_role;
create policy consent_documents_select_person on public.consent_documents
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.consent_documents is $$What people consent to: terms, privacy notice, marketing; one row for each version.

The newest one of a kind that is published counts. Versions are added, never changed.$$;
comment on column public.consent_documents.kind is 'What it is about: "terms", "privacy" or "marketing".';
comment on column public.consent_documents.version is 'Name of the version, such as "2026-01".';
comment on column public.consent_documents.title is 'Title shown to people.';
comment on column public.consent_documents.url is 'Where the text is.';
comment on column public.consent_documents.is_required is 'Whether nobody uses the product without it; false for marketing.';
comment on column public.consent_documents.published_at is 'From when it counts.';

insert into public.consent_documents (kind, version, title, url, is_required, published_at) values
  ('terms', '1', 'Terms of use', 'https://atrium.test/terms', true, '2026-01-01T00:00:00Z'),
  ('privacy', '1', 'Privacy notice', 'https://atrium.test/privacy', true, '2026-01-01T00:00:00Z'),
  ('marketing', '1', 'News by mail', 'https://atrium.test/news', false, '2026-01-01T00:00:00Z');

create table public.consents (
  id bigint generated always as identity primary key,
  user_id uuid not null references public.profiles (id) on delete cascade,
  kind text not null,
  version text not null,
  is_granted boolean not null,
  created_at timestamptz not null default now(),
  constraint consents_document_exists foreign key (kind, version) references public.consent_documents (kind, version)
);
create index consents_user_id_kind_id_idx on public.consents (user_id, kind, id desc);
create index consents_kind_version_idx on public.consents (kind, version);
alter table public.consents enable row level security;
revoke all on public.consents from anon, authenticated, service_role;
grant select on public.consents to authenticated, service_role;
create policy consents_select_self on public.consents
  for select to authenticated using (user_id = (select private.current_person_id()));
comment on table public.consents is $$Who agreed to what and when, and who withdrew it: the newest row of a kind counts, none is ever changed.

Written by record_consent.$$;
comment on column public.consents.id is 'Grows with each word.';
comment on column public.consents.user_id is 'The person.';
comment on column public.consents.kind is 'What about.';
comment on column public.consents.version is 'Which version.';
comment on column public.consents.is_granted is 'True for consent, false for its withdrawal.';
comment on column public.consents.created_at is 'When.';
create trigger t300_refuse_change before update on public.consents
  for each row execute function private.refuse_change();
select private.audit_table('public.consents', '{user_id, kind, version, is_granted}', organization_column := null);
