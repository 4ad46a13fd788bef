select private.make_append_only('public.audit_logs');

create function private.audit_logs_queue_seal()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  insert into private.audit_unsealed (log_id, chain_id, occurred_at)
  select made.id, private.audit_chain_id(made.organization_id), made.occurred_at from made;
  return null;
end;
$$;
comment on function private.audit_logs_queue_seal() is
  'Has the next run of private.seal_audit_logs seal the new entries.';
create trigger t500_queue_seal after insert on public.audit_logs
  referencing new table as made for each statement execute function private.audit_logs_queue_seal();

select private.make_append_only('private.audit_seals');
select private.make_append_only('private.audit_dropped_months');
create trigger t100_set_updated_at before update on private.audit_chains
  for each row execute function private.set_updated_at();
