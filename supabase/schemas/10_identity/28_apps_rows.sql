-- Everything else stays closed, and a new permission is closed until its own row says otherwise: keys, members and roles,
-- the audit log and webhooks' secrets are never an app's.
update public.permissions set is_open_to_apps = true
where permissions.permission in (
  'organization.read', 'organization.update', 'members.read', 'jobs.read', 'jobs.cancel', 'webhooks.read',
  'settings.manage'
);
