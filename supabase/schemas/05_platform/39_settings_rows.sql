insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('settings.manage', false, 'Change the settings that an organization may have its own value of');

insert into public.role_permissions (role, permission)
select roles.role, 'settings.manage' from public.roles where not roles.is_outsider and roles.rank >= 80;

select private.define_setting(
  'platform.name', 'text', '"Atrium"', 'What the product calls itself towards people',
  minimum := 1, maximum := 60, is_public := true
);
select private.define_setting(
  'platform.support_address', 'text', '"support@atrium.test"', 'Where people write for help',
  maximum := 320, pattern := '^[^@\s]+@[^@\s]+\.[^@\s]+$', is_public := true
);
select private.define_setting(
  'platform.minimum_client_version', 'text', '"0.0.0"', 'Clients of an older version ask their user to update',
  pattern := '^[0-9]+\.[0-9]+\.[0-9]+$', is_public := true
);
select private.define_setting(
  'platform.week_start', 'text', '"monday"', 'First day of the week in calendars and reports',
  allowed_values := '["monday", "saturday", "sunday"]', is_public := true, is_overridable := true
);
select private.define_setting(
  'feature_flags.lifetime_days', 'json', '{"release": 30, "experiment": 30, "operational": 7}',
  'Days after which a flag of a type is stale; types left out are permanent', maximum := 500
);
select private.define_setting(
  'experiments.sample_ratio_alpha', 'number', '0.001',
  'Below this p-value the variants'' sizes are not what their shares say, and the experiment is not to be trusted',
  minimum := 0, maximum := 0.5
);
select private.define_setting(
  'experiments.significance_alpha', 'number', '0.05',
  'Below this p-value a variant differs from the control', minimum := 0, maximum := 0.5
);
