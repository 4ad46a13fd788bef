create type public.connected_app as (
  client_id uuid,
  name text,
  website text,
  logo_url text,
  organization_ids uuid[],
  permissions text[],
  connected_at timestamptz,
  last_used_at timestamptz
);
comment on type public.connected_app is 'An app that the caller lets act in their name.';
comment on column public.connected_app.client_id is 'What grant_app and disconnect_app take.';
comment on column public.connected_app.name is 'Name that its maker gave it; null without one. Shown as text: nobody has checked it.';
comment on column public.connected_app.website is 'Address of its maker; null when not told.';
comment on column public.connected_app.logo_url is 'Address of its logo; null when not told.';
comment on column public.connected_app.organization_ids is
  'Where it may act; empty for an app that signs the caller in and no more.';
comment on column public.connected_app.permissions is 'What it may do there, as far as the caller may.';
comment on column public.connected_app.connected_at is 'When the caller allowed it.';
comment on column public.connected_app.last_used_at is
  'When it last fetched a token, at least every 24 hours while it is in use; null when it has no session.';

create type public.organization_app as (
  client_id uuid,
  name text,
  person_count int,
  permissions text[],
  connected_at timestamptz
);
comment on type public.organization_app is 'An app that members of an organization let act in it.';
comment on column public.organization_app.client_id is 'What disconnect_organization_app takes.';
comment on column public.organization_app.name is 'Name that its maker gave it; null without one.';
comment on column public.organization_app.person_count is 'For how many members it acts.';
comment on column public.organization_app.permissions is 'What it may do for any of them.';
comment on column public.organization_app.connected_at is 'When the first of them connected it.';

create type public.registered_app as (
  client_id uuid,
  name text,
  website text,
  registration text,
  redirect_urls text[],
  permissions text[],
  person_count int,
  created_at timestamptz
);
comment on type public.registered_app is 'A client of Auth''s OAuth 2.1 server, as platform admins see it.';
comment on column public.registered_app.client_id is 'Its id in Auth.';
comment on column public.registered_app.name is 'Name that its maker gave it; null without one.';
comment on column public.registered_app.website is 'Address of its maker; null when not told.';
comment on column public.registered_app.registration is '"manual" by an admin or "dynamic" by the app itself.';
comment on column public.registered_app.redirect_urls is 'Where Auth sends people back to.';
comment on column public.registered_app.permissions is
  'What it may ask people for; null until admin_register_app says so, which means nothing.';
comment on column public.registered_app.person_count is 'How many people let it act in an organization.';
comment on column public.registered_app.created_at is 'When Auth got to know it.';
