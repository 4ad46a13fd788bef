create table private.file_sweeps (
  id bigint generated always as identity primary key,
  stray_count int not null,
  stray_bytes bigint not null,
  checked_count int not null,
  missing_count int not null,
  finished_at timestamptz not null default now(),
  constraint file_sweeps_counts_are_not_negative
    check (stray_count >= 0 and stray_bytes >= 0 and checked_count >= missing_count and missing_count >= 0)
);
comment on table private.file_sweeps is 'What each sweep over Storage and the rows of files found; kept for a year.';
comment on column private.file_sweeps.id is 'Order of the sweeps.';
comment on column private.file_sweeps.stray_count is 'Objects that belonged to no file and were removed.';
comment on column private.file_sweeps.stray_bytes is 'How large they were.';
comment on column private.file_sweeps.checked_count is 'Objects of files that were looked for.';
comment on column private.file_sweeps.missing_count is 'How many of them Storage does not have.';
comment on column private.file_sweeps.finished_at is 'When it was done.';
alter table private.file_sweeps enable row level security;
revoke all on private.file_sweeps from anon, authenticated, service_role;

insert into private.alert_rules
  (key, metric, subject, threshold, window_length, least_count, fires_after, severity, summary)
values
  ('files_lost', 'event_count', 'file.lost', 0, '5 minutes', 0, '0', 'critical',
    'Sweeps that found files without their content')
on conflict (key) do nothing;
select private.subscribe('file.lost', 'alert.count_event');
