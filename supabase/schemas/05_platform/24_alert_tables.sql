create table private.alert_rules (
  key text primary key,
  metric private.alert_metric not null,
  subject text,
  threshold numeric not null,
  window_length interval not null default '5 minutes',
  least_count int not null default 0,
  fires_after interval not null default '0 seconds',
  recovers_after interval not null default '5 minutes',
  repeats_after interval not null default '1 hour',
  severity private.alert_severity not null,
  summary text not null,
  is_enabled boolean not null default true,
  silenced_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint alert_rules_key_is_snake_case check (key ~ '^[a-z]+(_[a-z]+)*$'),
  constraint alert_rules_subject_matches_metric
    check ((metric in ('error_count', 'event_count')) = (subject is not null)),
  constraint alert_rules_times_are_not_negative check (
    window_length >= interval '1 minute' and fires_after >= interval '0' and recovers_after >= interval '0'
    and repeats_after >= interval '1 minute'
  )
);
alter table private.alert_rules enable row level security;
revoke all on private.alert_rules from anon, authenticated, service_role;

comment on table private.alert_rules is $$When operators are told, one row for each reason.

An alert fires when the value of the last window was above the threshold for long enough. Operators may change every
number; migrations add rules and leave existing rows alone.$$;
comment on column private.alert_rules.key is 'Names the rule here, in messages and in docs/operations.md.';
comment on column private.alert_rules.metric is 'What is compared with the threshold.';
comment on column private.alert_rules.subject is 'Class of error or topic that is counted; null for other metrics.';
comment on column private.alert_rules.threshold is 'The value is bad above it; its unit is in the name of the metric.';
comment on column private.alert_rules.window_length is 'How far back the value looks.';
comment on column private.alert_rules.least_count is 'Fewer calls than this in the window say nothing.';
comment on column private.alert_rules.fires_after is 'How long the value must have been bad before anybody is told.';
comment on column private.alert_rules.recovers_after is
  'How long the value must have been good before the alert is over: one that goes to and fro tells once.';
comment on column private.alert_rules.repeats_after is
  'Time between two messages of an alert that goes on and that nobody acknowledged.';
comment on column private.alert_rules.severity is 'How soon somebody has to look.';
comment on column private.alert_rules.summary is 'What is wrong, in a few words for the message.';
comment on column private.alert_rules.is_enabled is 'Whether the rule is looked at.';
comment on column private.alert_rules.silenced_until is
  'Until when nobody is told of its alerts; null when not silenced.';
comment on column private.alert_rules.created_at is 'When it was made.';
comment on column private.alert_rules.updated_at is 'When the row last changed.';

create table private.alerts (
  id uuid primary key default gen_random_uuid(),
  rule_key text not null references private.alert_rules (key) on delete cascade,
  subject text not null,
  state private.alert_state not null default 'pending',
  value numeric not null,
  bad_since timestamptz not null,
  good_since timestamptz,
  fired_at timestamptz,
  resolved_at timestamptz,
  notified_at timestamptz,
  notified_count int not null default 0,
  acknowledged_at timestamptz,
  acknowledged_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint alerts_fired_at_matches_state check ((state <> 'pending') = (fired_at is not null)),
  constraint alerts_resolved_at_matches_state check ((state = 'resolved') = (resolved_at is not null))
);
create unique index alerts_rule_key_subject_open_idx on private.alerts (rule_key, subject) where state <> 'resolved';
create index alerts_rule_key_idx on private.alerts (rule_key);
create index alerts_acknowledged_by_idx on private.alerts (acknowledged_by);
create index alerts_created_at_idx on private.alerts (created_at desc);
alter table private.alerts enable row level security;
revoke all on private.alerts from anon, authenticated, service_role;

comment on table private.alerts is
  $$What went wrong, from the first bad value to the recovery: at most one open alert for each rule and subject.

Written by private.evaluate_alerts() each minute; kept for 90 days after the recovery.$$;
comment on column private.alerts.id is 'Part of the keys of its messages.';
comment on column private.alerts.rule_key is 'The rule that it breaks.';
comment on column private.alerts.subject is
  'What it is about where a rule watches several, such as a provider; else empty.';
comment on column private.alerts.state is 'Where it stands.';
comment on column private.alerts.value is 'The last bad value.';
comment on column private.alerts.bad_since is 'When the value went bad.';
comment on column private.alerts.good_since is 'Since when the value is good again; null while it is bad.';
comment on column private.alerts.fired_at is 'When it had been bad for long enough.';
comment on column private.alerts.resolved_at is 'When it had been good for long enough.';
comment on column private.alerts.notified_at is 'When operators were last told; null when a silence kept it from them.';
comment on column private.alerts.notified_count is 'How often they were told.';
comment on column private.alerts.acknowledged_at is
  'When an operator said to have seen it, after which it is not repeated.';
comment on column private.alerts.acknowledged_by is 'Who that was.';
comment on column private.alerts.created_at is 'When it was made.';
comment on column private.alerts.updated_at is 'When the row last changed.';

create table private.alert_channels (
  key text primary key,
  least_severity private.alert_severity not null default 'warning',
  is_enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint alert_channels_key_is_known check (key in ('slack', 'teams', 'mail', 'log'))
);
alter table private.alert_channels enable row level security;
revoke all on private.alert_channels from anon, authenticated, service_role;

comment on table private.alert_channels is $$Where alerts go: one message, a job of its own, for each channel.

Address and secret of a channel are settings of the functions; a channel without them is passed over.$$;
comment on column private.alert_channels.key is 'Names the adapter.';
comment on column private.alert_channels.least_severity is 'Alerts below it do not go there.';
comment on column private.alert_channels.is_enabled is 'Whether anything goes there.';
comment on column private.alert_channels.created_at is 'When it was made.';
comment on column private.alert_channels.updated_at is 'When the row last changed.';

create trigger t100_set_updated_at before update on private.alert_rules
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.alerts
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.alert_channels
  for each row execute function private.set_updated_at();

-- decisions.md, C-16: errors above 5 %, 2 s on average; what must be known at once has no fires_after.
insert into private.alert_rules
  (key, metric, subject, threshold, window_length, least_count, fires_after, severity, summary)
values
  ('error_rate', 'error_percent', null, 5, '5 minutes', 20, '1 minute', 'critical',
    'Percent of requests to edge functions that failed'),
  ('response_time', 'average_ms', null, 2000, '5 minutes', 20, '1 minute', 'warning',
    'Milliseconds that edge functions take to answer, on average'),
  ('provider_down', 'provider_error_percent', null, 50, '5 minutes', 5, '1 minute', 'critical',
    'Percent of calls to a provider that failed'),
  ('payment_failed', 'event_count', 'payment.failed', 0, '5 minutes', 0, '0', 'critical', 'Payments that failed'),
  ('payment_error', 'error_count', 'payment', 0, '5 minutes', 0, '0', 'critical',
    'Errors of ours while handling payments'),
  ('mail_error', 'error_count', 'mail', 5, '5 minutes', 0, '0', 'warning', 'Mails that could not be sent'),
  ('database_error', 'error_count', 'database', 5, '5 minutes', 0, '0', 'critical', 'Database queries that failed'),
  ('rate_limit_violation', 'error_count', 'rate_limit', 500, '5 minutes', 0, '0', 'info',
    'Requests refused by a rate limit'),
  ('websocket_error', 'error_count', 'websocket', 20, '5 minutes', 0, '0', 'warning', 'Errors of live connections'),
  ('dead_jobs', 'dead_job_count', null, 0, '1 day', 0, '0', 'warning', 'Jobs of the last day that gave up'),
  ('queue_age', 'queue_age_seconds', null, 300, '1 minute', 0, '2 minutes', 'critical',
    'Seconds that the oldest due job of a queue has waited'),
  ('database_connections', 'connection_percent', null, 80, '1 minute', 0, '2 minutes', 'warning',
    'Percent of the database connections in use')
on conflict (key) do nothing;
insert into private.alert_channels (key, least_severity)
values ('log', 'info'), ('slack', 'warning'), ('teams', 'warning'), ('mail', 'critical')
on conflict (key) do nothing;
