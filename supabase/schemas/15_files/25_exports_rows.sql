insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('exports.run', true, 'Have lists that one may read written to a file');
insert into public.role_permissions (role, permission)
select roles.role, 'exports.run' from public.roles where not roles.is_outsider and roles.rank >= 20;

insert into private.limit_definitions (key, default_value, description) values
  ('concurrent_exports', 3, 'Exports of the organization that are written at the same time');

select private.define_setting(
  'files.export_days', 'integer', '7', 'Days after which the file of an export is removed',
  minimum := 1, maximum := 90, is_public := true, is_overridable := true
);
select private.define_setting(
  'files.export_link_minutes', 'integer', '15', 'How long a link to the file of an export works',
  minimum := 1, maximum := 1440
);
