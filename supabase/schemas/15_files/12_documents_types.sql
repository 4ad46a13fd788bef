create type public.document_version_state as enum ('draft', 'published', 'retired');
comment on type public.document_version_state is $$Where a version of a document template stands.

A "draft" can be changed, "published" is the one that documents are made with, and "retired" was that before.$$;

create type public.document_render_state as enum ('queued', 'ready', 'failed');
comment on type public.document_render_state is
  'Where a document stands: "queued" until it is made, then "ready" with its file, or "failed" with the reason.';
