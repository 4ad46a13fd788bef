create table private.request_metrics (
  minute_at timestamptz not null,
  kind private.metric_kind not null,
  function_name text not null,
  name text not null,
  call_count int not null default 0,
  refused_count int not null default 0,
  failed_count int not null default 0,
  total_ms bigint not null default 0,
  longest_ms int not null default 0,
  latency_counts int[] not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (minute_at, kind, function_name, name),
  constraint request_metrics_minute_at_is_whole check (minute_at = date_trunc('minute', minute_at, 'UTC')),
  constraint request_metrics_function_name_is_short check (char_length(function_name) between 1 and 60),
  constraint request_metrics_name_is_short check (char_length(name) between 1 and 200),
  constraint request_metrics_counts_are_not_negative
    check (call_count >= 0 and refused_count >= 0 and failed_count >= 0 and total_ms >= 0 and longest_ms >= 0),
  constraint request_metrics_latency_counts_fit_boundaries check (cardinality(latency_counts) = 17)
);
alter table private.request_metrics enable row level security;
revoke all on private.request_metrics from anon, authenticated, service_role;

comment on table private.request_metrics is
  $$What was called how often and how long it took: one row for each minute and thing.

Functions collect and add here in batches with record_metrics; kept for 30 days. Percentiles come from the histogram.$$;
comment on column private.request_metrics.minute_at is 'Start of the minute.';
comment on column private.request_metrics.kind is 'What sort of thing was measured.';
comment on column private.request_metrics.function_name is 'The edge function that measured.';
comment on column private.request_metrics.name is
  'Method and pattern of a route, kind of a job, "<provider>.<operation>", class of an error, or a topic.';
comment on column private.request_metrics.call_count is 'Calls that ended in this minute.';
comment on column private.request_metrics.refused_count is
  'Of these, how many the caller got wrong: statuses 400 to 499.';
comment on column private.request_metrics.failed_count is 'Of these, how many we got wrong: statuses of 500 and above.';
comment on column private.request_metrics.total_ms is 'Milliseconds that all of them took.';
comment on column private.request_metrics.longest_ms is 'Milliseconds that the slowest took.';
comment on column private.request_metrics.latency_counts is
  'How many took at most each of private.latency_boundaries(), and last how many took longer.';
comment on column private.request_metrics.created_at is 'When the first batch of the minute arrived.';
comment on column private.request_metrics.updated_at is 'When the last batch of the minute arrived.';

create trigger t100_set_updated_at before update on private.request_metrics
  for each row execute function private.set_updated_at();
