insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('api_keys.read', true, 'See the API keys of service accounts, without what makes them work'),
  ('api_keys.manage', false, 'Make and remove service accounts of a lower rank and their API keys');
insert into public.role_permissions (role, permission)
select roles.role, permissions.permission
from public.roles
cross join public.permissions
where permissions.permission in ('api_keys.read', 'api_keys.manage') and roles.role in ('owner', 'admin');

insert into private.limit_definitions (key, default_value, description) values
  ('service_accounts', 10, 'Service accounts of the organization, disabled ones included'),
  ('api_keys', 20, 'API keys of the organization that work and are not being replaced'),
  -- Enterprise plans have it.
  ('api_key_allowed_ips', 0, 'Networks in the IP allow-list of an API key');

select private.define_setting(
  'api_keys.environment', 'text', '"live"', 'Second part of API keys, by which people tell installations apart',
  pattern := '^[a-z]{2,12}$'
);

insert into private.rate_limit_rules
  (name, endpoint, is_per_endpoint, subject, window_seconds, limit_count, limit_key, description)
values
  ('register_address', 'auth.register', false, 'address', 3600, 30, null, 'Registrations from one address'),
  ('register_account', 'auth.register', false, 'account', 3600, 5, null, 'Registrations of one e-mail address'),
  ('change_password_user', 'auth.change_password', false, 'user', 3600, 10, null, 'Password changes of one person'),
  ('refresh_address', 'auth.refresh', false, 'address', 60, 60, null, 'Guessing refresh tokens from one address');
