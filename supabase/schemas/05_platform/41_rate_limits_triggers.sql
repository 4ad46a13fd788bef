create trigger t100_set_updated_at before update on private.rate_limit_rules
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.api_usage_days
  for each row execute function private.set_updated_at();
