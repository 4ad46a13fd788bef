create function private.audit_logs_refuse_change()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  raise exception 'Cannot % %: the audit log is append-only', lower(tg_op), tg_table_name
    using errcode = 'insufficient_privilege', hint = 'Old entries go with their month, 24 months later.';
end;
$$;
comment on function private.audit_logs_refuse_change() is
  'Refuses to change, remove or empty anything of the audit log, for every role.';

-- Row triggers, because only those are passed on to the partitions; a statement trigger beside them answers where no row
-- fits. Always, so that session_replication_role cannot switch them off.
create trigger t300_refuse_change before update or delete on public.audit_logs
  for each row execute function private.audit_logs_refuse_change();
alter table public.audit_logs enable always trigger t300_refuse_change;
create trigger t300_refuse_change_statement before update or delete or truncate on public.audit_logs
  for each statement execute function private.audit_logs_refuse_change();
alter table public.audit_logs enable always trigger t300_refuse_change_statement;
