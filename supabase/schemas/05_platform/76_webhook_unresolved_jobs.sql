insert into private.alert_rules (key, metric, subject, threshold, window_length, severity, summary) values
  ('webhook_unresolved', 'event_count', 'webhook_event.unresolved', 0, '5 minutes', 'warning',
    'Events of providers that nothing, or not everything, could be done with')
on conflict (key) do nothing;
select private.subscribe('webhook_event.unresolved', 'alert.count_event');
