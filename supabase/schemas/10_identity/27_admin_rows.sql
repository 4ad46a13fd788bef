select private.define_setting(
  'sign_up.requires_approval', 'boolean', 'false', 'New accounts can do nothing until a platform admin approves them'
);

select private.audit_table(
  'private.person_approvals', '{user_id, approved_at, approved_by}', organization_column := null
);
-- The organization reads in its own log who of the platform looked at its rows, and why.
select private.audit_table('private.support_accesses', '{admin_id, reason, expires_at, ended_at}');
