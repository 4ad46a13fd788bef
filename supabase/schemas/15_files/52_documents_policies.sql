insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('documents.read', true, 'See templates of documents and the documents that were made'),
  ('documents.manage', false, 'Write templates of documents, make documents, and say until when documents are valid');
insert into public.role_permissions (role, permission)
select roles.role, permissions.permission
from public.roles
cross join public.permissions
where not roles.is_outsider
  and case permissions.permission
    when 'documents.read' then true
    when 'documents.manage' then roles.rank >= 60
  end;

alter table public.document_templates enable row level security;
revoke all on public.document_templates from anon, authenticated, service_role;
grant select on public.document_templates to authenticated, service_role;
create policy document_templates_select_member on public.document_templates
  for select to authenticated
  using (
    organization_id = any (array(select private.organizations_with('documents.read')))
    or (organization_id is null and (select private.is_known_caller()))
  );

alter table public.document_template_versions enable row level security;
revoke all on public.document_template_versions from anon, authenticated, service_role;
grant select on public.document_template_versions to authenticated, service_role;
create policy document_template_versions_select_member on public.document_template_versions
  for select to authenticated
  using (
    organization_id = any (array(select private.organizations_with('documents.read')))
    or (organization_id is null and (select private.is_known_caller()))
  );

alter table public.document_renders enable row level security;
revoke all on public.document_renders from anon, authenticated, service_role;
grant select on public.document_renders to authenticated, service_role;
create policy document_renders_select_member on public.document_renders
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('documents.read'))));

alter table public.document_expiries enable row level security;
revoke all on public.document_expiries from anon, authenticated, service_role;
grant select on public.document_expiries to authenticated, service_role;
create policy document_expiries_select_member on public.document_expiries
  for select to authenticated
  using (
    organization_id = any (array(select private.organizations_with('documents.read')))
    -- Under the policy of files: private ones are seen by few.
    and exists (select from public.files where files.id = document_expiries.file_id)
  );
