alter table public.audit_logs enable row level security;
revoke all on public.audit_logs from anon, authenticated, service_role;
grant select on public.audit_logs to authenticated, service_role;

create policy audit_logs_select_auditor_or_actor on public.audit_logs
  for select to authenticated
  using (
    organization_id = any (array(select private.organizations_with('audit.read')))
    -- What somebody did in an organization is told as long as they may look into it.
    or (
      actor_id = (select private.current_person_id())
      and (
        organization_id is null
        or organization_id = any (array(select private.organizations_with('organization.read')))
      )
    )
  );

-- Private tables: no API role holds any grant.
alter table private.audit_unsealed enable row level security;
revoke all on private.audit_unsealed from anon, authenticated, service_role;
alter table private.audit_chains enable row level security;
revoke all on private.audit_chains from anon, authenticated, service_role;
alter table private.audit_seals enable row level security;
revoke all on private.audit_seals from anon, authenticated, service_role;
alter table private.audit_dropped_months enable row level security;
revoke all on private.audit_dropped_months from anon, authenticated, service_role;
