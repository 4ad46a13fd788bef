insert into public.roles (role, rank, is_outsider, description) values
  ('owner', 100, false, 'Everything, including deletion of the organization and management of other owners'),
  ('admin', 80, false, 'Settings and people up to campaign managers'),
  ('campaign_manager', 60, false, 'Campaigns and all vendors'),
  ('agent', 40, false, 'Own work on the rows assigned to them'),
  ('member', 20, false, 'Everyday work'),
  ('viewer', 10, false, 'Reading only'),
  ('vendor', -10, true, 'Answers the campaigns sent to them'),
  ('marketer', -20, true, 'Sells plots for a commission'),
  ('client', -30, true, 'Buys plots and follows own payments'),
  ('investor', -40, true, 'Sees what a founder shared');

insert into public.permissions (permission, is_kept_on_suspension, is_kept_without_second_factor, description) values
  ('organization.read', true, true, 'See the organization');
insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('organization.update', false, 'Change name, branding, country, currency, time zone and billing e-mail'),
  ('organization.delete', true, 'Delete the organization and restore it'),
  ('members.read', true, 'See who belongs to the organization'),
  ('members.manage', false, 'Add and remove people of a lower rank and change their roles'),
  ('roles.manage', false, 'Make and change the organization''s own roles');

insert into public.role_permissions (role, permission)
select roles.role, permissions.permission
from public.roles
cross join public.permissions
where not roles.is_outsider
  and case permissions.permission
    when 'organization.delete' then roles.role = 'owner'
    when 'organization.update' then roles.rank >= 80
    when 'members.manage' then roles.rank >= 80
    when 'roles.manage' then roles.rank >= 80
    else true
  end;

insert into private.limit_definitions (key, default_value, description) values
  ('members', 25, 'People in the organization, suspended ones included');
