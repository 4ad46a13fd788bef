insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('share_links.read', true, 'See the share links of all files and who looked at them');
insert into public.role_permissions (role, permission)
select roles.role, 'share_links.read' from public.roles where roles.role in ('owner', 'admin');

select private.define_setting(
  'files.keep_versions', 'integer', '10', 'How many versions of a file are kept, the present one included', minimum := 1,
  maximum := 1000, is_overridable := true
);
select private.define_setting(
  'files.share_days', 'integer', '30', 'For how many days a share link works at most', minimum := 1, maximum := 366,
  is_overridable := true
);
select private.define_setting(
  'files.share_view_days', 'integer', '365', 'For how many days the views of share links are kept', minimum := 1, maximum := 3650
);

insert into private.rate_limit_rules
  (name, endpoint, is_per_endpoint, subject, window_seconds, limit_count, limit_key, description)
values
  ('share_link_address', 'share_links.open', false, 'address', 60, 30, null, 'Guessing share links from one address'),
  ('share_link_password', 'share_links.open', false, 'account', 300, 20, null, 'Guessing the password of one share link');
