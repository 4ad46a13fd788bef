-- Definer: called by the schedule and, after an event that must be known at once, by a worker.
create function private.evaluate_alerts()
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now constant timestamptz := now();
  v_count int;
begin
  -- One at a time. Who finds it running has nothing to add: it looks again within the minute.
  if not pg_try_advisory_xact_lock(hashtextextended('private.evaluate_alerts', 0)) then
    return 0;
  end if;

  insert into private.alerts (rule_key, subject, value, bad_since)
  select measured.rule_key, measured.subject, measured.value, v_now
  from private.measure_alerts() as measured
  where measured.is_bad
  on conflict (rule_key, subject) where state <> 'resolved' do update set value = excluded.value, good_since = null;

  -- What is open and not bad now has been good since now, or since before; so has what no rule watches any more.
  update private.alerts set good_since = v_now
  where alerts.state <> 'resolved' and alerts.good_since is null
    and not exists (
      select from private.measure_alerts() as measured
      where measured.is_bad and measured.rule_key = alerts.rule_key and measured.subject = alerts.subject
    );

  delete from private.alerts where alerts.state = 'pending' and alerts.good_since is not null;

  update private.alerts set state = 'firing', fired_at = v_now
  from private.alert_rules
  where alert_rules.key = alerts.rule_key and alerts.state = 'pending'
    and alerts.bad_since <= v_now - alert_rules.fires_after;

  update private.alerts set state = 'resolved', resolved_at = v_now
  from private.alert_rules
  where alert_rules.key = alerts.rule_key and alerts.state = 'firing'
    and alerts.good_since <= v_now - alert_rules.recovers_after;

  with due as (
    select alerts.id,
      case
        when alerts.state = 'resolved' then 'resolved'
        when alerts.notified_at is null then 'fired'
        else 'repeated'
      end as event
    from private.alerts join private.alert_rules on alert_rules.key = alerts.rule_key
    where coalesce(alert_rules.silenced_until <= v_now, true)
      and case alerts.state
        -- Who was not told of the fire need not be told of its end.
        when 'resolved' then alerts.resolved_at = v_now and alerts.notified_at is not null
        when 'firing' then alerts.notified_at is null or (
          alerts.acknowledged_at is null and alerts.good_since is null
          and alerts.notified_at <= v_now - alert_rules.repeats_after
        )
        else false
      end
  ),
  told as (
    update private.alerts set notified_at = v_now, notified_count = alerts.notified_count + 1
    from due where due.id = alerts.id
    returning alerts as alert, due.event
  )
  select count(private.enqueue_job(
    'alert.send',
    private.alert_message(told.alert, told.event) || jsonb_build_object('channel', alert_channels.key),
    dedupe_key := (told.alert).id || ':' || (told.alert).notified_count || ':' || alert_channels.key,
    priority := -10
  )) into v_count
  from told
  join private.alert_rules on alert_rules.key = (told.alert).rule_key
  join private.alert_channels
    on alert_channels.is_enabled and alert_channels.least_severity <= alert_rules.severity;
  return v_count;
end;
$$;
comment on function private.evaluate_alerts() is 'Body of public.evaluate_alerts.';
grant execute on function private.evaluate_alerts() to service_role;

create function public.evaluate_alerts()
  returns int
  language sql volatile set search_path = ''
as $$
  select private.evaluate_alerts()
$$;
comment on function public.evaluate_alerts() is
  'Looks at every alert rule now and returns how many messages go out. For the backend itself.';
grant execute on function public.evaluate_alerts() to service_role;

-- Definer: operators see alerts, whose tables nobody holds a grant on.
create function private.list_alerts(include_resolved boolean, before_at timestamptz, page_size int)
  returns table (
    id uuid, rule_key text, subject text, summary text, severity text, state text, value numeric, threshold numeric,
    bad_since timestamptz, good_since timestamptz, fired_at timestamptz, resolved_at timestamptz,
    notified_at timestamptz, notified_count int, acknowledged_at timestamptz, acknowledged_by uuid,
    silenced_until timestamptz, created_at timestamptz
  )
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('list alerts');
  return query
  select alerts.id, alerts.rule_key, alerts.subject, alert_rules.summary, alert_rules.severity::text,
    alerts.state::text, alerts.value, alert_rules.threshold, alerts.bad_since, alerts.good_since, alerts.fired_at,
    alerts.resolved_at, alerts.notified_at, alerts.notified_count, alerts.acknowledged_at, alerts.acknowledged_by,
    alert_rules.silenced_until, alerts.created_at
  from private.alerts join private.alert_rules on alert_rules.key = alerts.rule_key
  where (list_alerts.include_resolved or alerts.state <> 'resolved')
    and (list_alerts.before_at is null or alerts.created_at < list_alerts.before_at)
  order by alerts.created_at desc, alerts.id
  limit least(greatest(list_alerts.page_size, 1), 200);
end;
$$;
comment on function private.list_alerts(boolean, timestamptz, int) is 'Body of public.list_alerts.';
grant execute on function private.list_alerts(boolean, timestamptz, int) to authenticated;

create function public.list_alerts(
  include_resolved boolean default false, before_at timestamptz default null, page_size int default 50
)
  returns table (
    id uuid, rule_key text, subject text, summary text, severity text, state text, value numeric, threshold numeric,
    bad_since timestamptz, good_since timestamptz, fired_at timestamptz, resolved_at timestamptz,
    notified_at timestamptz, notified_count int, acknowledged_at timestamptz, acknowledged_by uuid,
    silenced_until timestamptz, created_at timestamptz
  )
  language sql stable set search_path = ''
as $$
  select * from private.list_alerts(list_alerts.include_resolved, list_alerts.before_at, list_alerts.page_size)
$$;
comment on function public.list_alerts(boolean, timestamptz, int) is
  $$Alerts that are open, newest first; with include_resolved also those that are over. At most 200 a page.

For platform admins with a second factor. The next page starts before the last created_at.$$;
grant execute on function public.list_alerts(boolean, timestamptz, int) to authenticated;

-- Definer: as private.list_alerts.
create function private.acknowledge_alert(alert_id uuid)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_state text;
begin
  perform private.require_platform_admin('acknowledge alert');
  -- The first who said so stays.
  update private.alerts set
    acknowledged_at = coalesce(alerts.acknowledged_at, now()),
    acknowledged_by = coalesce(alerts.acknowledged_by, private.current_person_id())
  where alerts.id = acknowledge_alert.alert_id
  returning alerts.state into v_state;
  if not found then
    perform private.raise_error(404, 'alert_not_found', 'Cannot acknowledge alert: no such alert');
  end if;
  return v_state;
end;
$$;
comment on function private.acknowledge_alert(uuid) is 'Body of public.acknowledge_alert.';
grant execute on function private.acknowledge_alert(uuid) to authenticated;

create function public.acknowledge_alert(alert_id uuid)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.acknowledge_alert(acknowledge_alert.alert_id)
$$;
comment on function public.acknowledge_alert(uuid) is
  $$Says that somebody looks after an alert, which is then not repeated, and returns its state.

For platform admins with a second factor. The message of its end still comes.$$;
grant execute on function public.acknowledge_alert(uuid) to authenticated;

-- Definer: as private.list_alerts.
create function private.silence_alert_rule(rule_key text, minutes int)
  returns timestamptz
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_silenced_until timestamptz;
begin
  perform private.require_platform_admin('silence alert rule');
  if silence_alert_rule.minutes not between 0 and 10080 then
    perform private.raise_error(422, 'silence_invalid',
      format('Cannot silence alert rule: minutes is "%s"', silence_alert_rule.minutes),
      'Give 1 to 10080 minutes, or 0 to end the silence.');
  end if;
  update private.alert_rules
  set silenced_until = case when silence_alert_rule.minutes > 0
    then now() + make_interval(mins => silence_alert_rule.minutes) end
  where alert_rules.key = silence_alert_rule.rule_key
  returning alert_rules.silenced_until into v_silenced_until;
  if not found then
    perform private.raise_error(404, 'alert_rule_not_found', 'Cannot silence alert rule: no such rule');
  end if;
  return v_silenced_until;
end;
$$;
comment on function private.silence_alert_rule(text, int) is 'Body of public.silence_alert_rule.';
grant execute on function private.silence_alert_rule(text, int) to authenticated;

create function public.silence_alert_rule(rule_key text, minutes int default 60)
  returns timestamptz
  language sql volatile set search_path = ''
as $$
  select private.silence_alert_rule(silence_alert_rule.rule_key, silence_alert_rule.minutes)
$$;
comment on function public.silence_alert_rule(text, int) is
  $$Keeps the alerts of a rule from telling anybody for some minutes, at most a week, and returns until when.

For platform admins with a second factor. 0 minutes ends the silence; what still fires then is told.$$;
grant execute on function public.silence_alert_rule(text, int) to authenticated;
