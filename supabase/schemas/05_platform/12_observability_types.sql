create type private.metric_kind as enum ('endpoint', 'job', 'provider', 'error', 'event');
comment on type private.metric_kind is $$What was measured.

endpoint is a route of a function, job a kind of job, provider a call of an outside service; error and event are counted
only: a class of failure, a topic.$$;

create type private.alert_severity as enum ('info', 'warning', 'critical');
comment on type private.alert_severity is 'How soon somebody has to look, least first.';

create type private.alert_metric as enum (
  'error_percent', 'average_ms', 'provider_error_percent', 'error_count', 'event_count', 'dead_job_count',
  'queue_age_seconds', 'connection_percent'
);
comment on type private.alert_metric is
  $$What an alert rule compares with its threshold; private.measure_alerts() computes each.

error_percent and average_ms are of the edge functions' answers, provider_error_percent of each provider, error_count
and event_count of the class or topic that the rule names.$$;

create type private.alert_state as enum ('pending', 'firing', 'resolved');
comment on type private.alert_state is $$Where an alert stands.

pending: the condition holds, not for long enough; firing: operators were told; resolved: it held no longer for long
enough. A pending one that passes leaves nothing.$$;
