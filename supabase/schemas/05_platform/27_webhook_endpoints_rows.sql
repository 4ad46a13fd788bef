insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('webhooks.read', true, 'See webhook endpoints and what was delivered to them'),
  ('webhooks.manage', false, 'Make, change and delete webhook endpoints, rotate their secrets and replay deliveries')
on conflict do nothing;
insert into public.role_permissions (role, permission)
select roles.role, permissions.permission
from public.roles
cross join public.permissions
where permissions.permission in ('webhooks.read', 'webhooks.manage') and roles.role in ('owner', 'admin')
on conflict do nothing;

insert into private.limit_definitions (key, default_value, description) values
  ('webhook_endpoints', 5, 'Webhook endpoints of the organization, switched off ones included')
on conflict do nothing;

insert into public.webhook_event_types (topic, description, example) values
  ('webhook.test', 'Somebody asked for a test event; sent to that endpoint alone, whatever it subscribed to',
    '{"message": "This is a test event"}'),
  ('webhook_endpoint.disabled', 'An endpoint was switched off because it answered 410 or nothing got through',
    '{"endpoint_id": "7a1c2e9e-6f5d-4f1a-9b51-3c1f0f6f8d11", "reason": "failing"}')
on conflict do nothing;
