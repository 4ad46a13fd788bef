insert into public.usage_metrics (metric, kind, unit, limit_key, limit_span, description) values
  ('api_calls', 'counter', 'calls', 'max_api_calls_daily', 'day', 'Calls of the API'),
  ('storage_bytes', 'gauge', 'bytes', 'storage_bytes', 'moment', 'Bytes of all files'),
  ('seats', 'gauge', 'people', 'members', 'moment', 'People in the organization'),
  ('agents', 'gauge', 'people', 'max_agents', 'moment', 'Members with the role of an agent'),
  ('projects', 'gauge', 'projects', 'max_projects', 'moment', 'Projects'),
  ('plots', 'gauge', 'plots', 'max_plots', 'moment', 'Plots'),
  ('campaign_recipients', 'counter', 'recipients', 'campaign_recipients_monthly', 'month', 'Recipients of campaigns'),
  ('ai_tokens', 'counter', 'tokens', null, null, 'Tokens that the assistant read and wrote'),
  ('messages', 'counter', 'messages', null, null, 'Messages that were sent');

insert into private.usage_copies (source, copied_on) values ('api_calls', '2026-01-01');

select private.define_setting(
  'usage.alert_pause_hours', 'integer', '24', 'Hours before the same share of a limit is told again', minimum := 1,
  maximum := 744, is_overridable := true
);
select private.define_setting(
  'usage.key_days', 'integer', '7', 'Days in which recorded use counts once for its key', minimum := 1, maximum := 90
);
-- Longer than a period of a year and the time in which its invoice may be made late.
select private.define_setting(
  'usage.kept_months', 'integer', '36', 'Whole months for which the use of each day is kept', minimum := 15, maximum := 600
);
