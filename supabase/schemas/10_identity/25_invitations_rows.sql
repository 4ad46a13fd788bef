insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('invitations.read', true, 'See who is invited to the organization');
insert into public.role_permissions (role, permission)
select role_permissions.role, 'invitations.read'
from public.role_permissions
where role_permissions.permission = 'members.manage';

select private.define_setting(
  'invitations.accept_url', 'text', '"http://127.0.0.1:3000/invitations/accept"',
  'Page of the client application that links in invitations lead to; the token follows after "#token="',
  maximum := 500, pattern := '^https?://[^\s#]+$'
);
select private.define_setting(
  'invitations.lifetime_hours', 'integer', '168', 'How long an invitation of kind "one_time" can be accepted',
  minimum := 1, maximum := 720
);
select private.define_setting(
  'invitations.resend_cooldown_seconds', 'integer', '300', 'How long after a mail an invitation can be sent again',
  minimum := 0, maximum := 86400
);
select private.define_setting(
  'invitations.largest_sent_count', 'integer', '5', 'With how many mails an invitation can be sent',
  minimum := 1, maximum := 50
);
select private.define_setting(
  'invitations.list_length', 'integer', '500', 'How many people one call can invite', minimum := 1, maximum := 2000
);
select private.define_setting(
  'invitations.retention_days', 'integer', '90', 'How long invitations are kept after they ended',
  minimum := 1, maximum := 3650
);
select private.define_setting(
  'ownership_transfers.lifetime_days', 'integer', '7', 'How long an offer of ownership can be accepted',
  minimum := 1, maximum := 90
);

insert into private.limit_definitions (key, default_value, description) values
  ('invitations_daily', 1000, 'People invited in 24 hours');

insert into private.rate_limit_rules
  (name, endpoint, is_per_endpoint, subject, window_seconds, limit_count, limit_key, description)
values
  ('invitation_look_up', 'invitations.look_up', false, 'address', 60, 30, null, 'Guessing invitations');
