-- Private tables: no API role holds any grant.
alter table private.jobs enable row level security;
revoke all on private.jobs from anon, authenticated, service_role;
alter table private.worker_heartbeats enable row level security;
revoke all on private.worker_heartbeats from anon, authenticated, service_role;
alter table private.event_subscriptions enable row level security;
revoke all on private.event_subscriptions from anon, authenticated, service_role;
alter table private.cron_runs enable row level security;
revoke all on private.cron_runs from anon, authenticated, service_role;
