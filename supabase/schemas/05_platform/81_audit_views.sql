create view public.user_actions with (security_invoker = true) as
select
  audit_logs.id,
  audit_logs.actor_id as user_id,
  audit_logs.organization_id,
  audit_logs.action,
  audit_logs.object_type,
  audit_logs.object_id,
  audit_logs.changes,
  audit_logs.ip_address,
  audit_logs.user_agent,
  audit_logs.request_id,
  audit_logs.occurred_at
from public.audit_logs
where audit_logs.actor_kind in ('user', 'platform_admin');
revoke all on public.user_actions from anon, authenticated, service_role;
grant select on public.user_actions to authenticated, service_role;

comment on view public.user_actions is $$What people did: the entries of audit_logs by a person in the own account.

Everybody sees the own ones; members with audit.read see those of their organization.$$;
comment on column public.user_actions.id is 'Id of the entry in audit_logs.';
comment on column public.user_actions.user_id is 'The person. Stays when the account is deleted.';
comment on column public.user_actions.organization_id is 'Where it was done; null for what belongs to no organization.';
comment on column public.user_actions.action is 'What was done.';
comment on column public.user_actions.object_type is 'Table or kind of thing it was done to.';
comment on column public.user_actions.object_id is 'Which one; null when there is no single one.';
comment on column public.user_actions.changes is 'What changed, as in audit_logs.';
comment on column public.user_actions.ip_address is 'Address the request came from; null when there was no request.';
comment on column public.user_actions.user_agent is 'Program that made the request; null when not told.';
comment on column public.user_actions.request_id is 'Finds the log lines of the request; null when there was none.';
comment on column public.user_actions.occurred_at is 'When it happened.';
