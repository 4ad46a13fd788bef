select private.define_setting(
  'billing.overdue_notice_days', 'integer', '10', 'Days after which an overdue organization gets notice', minimum := 1,
  maximum := 365
);
select private.define_setting(
  'billing.overdue_block_days', 'integer', '14', 'Days after which an overdue organization can only read', minimum := 1,
  maximum := 365
);
select private.define_setting(
  'billing.overdue_cancel_days', 'integer', '21', 'Days after which an overdue subscription is cancelled', minimum := 1,
  maximum := 365
);

create function private.overdue_access(overdue_at timestamptz)
  returns public.billing_access
  language sql stable set search_path = ''
as $$
  select case
    when overdue_access.overdue_at is null then 'full'
    when now() >= overdue_access.overdue_at
      + make_interval(days => private.setting_integer('billing.overdue_cancel_days')::int) then 'ended'
    when now() >= overdue_access.overdue_at
      + make_interval(days => private.setting_integer('billing.overdue_block_days')::int) then 'blocked'
    when now() >= overdue_access.overdue_at
      + make_interval(days => private.setting_integer('billing.overdue_notice_days')::int) then 'noticed'
    else 'reminded'
  end::public.billing_access
$$;
comment on function private.overdue_access(timestamptz) is $$What may still be done so long after a payment fell due.

Reminded at once, noticed, blocked and ended after the days of settings billing.overdue_*_days (10, 14, 21).$$;

create function private.own_debt_access(own_overdue_at timestamptz)
  returns public.billing_access
  language sql stable set search_path = ''
as $$
  select least(private.overdue_access(own_debt_access.own_overdue_at), 'blocked')
$$;
comment on function private.own_debt_access(timestamptz) is $$What an overdue own invoice leaves of a subscription that a payment provider collects: at the least blocked.

It is never ended for that: the provider is paid for it, so an operator decides.$$;

create function private.debt_access(provider text, status text, overdue_at timestamptz, own_overdue_at timestamptz)
  returns public.billing_access
  language sql stable set search_path = ''
as $$
  select greatest(
    case debt_access.provider
      -- It keeps the subscription, so it has to be told to end it.
      when 'stripe' then least(private.overdue_access(debt_access.overdue_at), 'blocked')
      else private.overdue_access(debt_access.overdue_at)
    end,
    case when debt_access.status = 'unpaid' and debt_access.overdue_at is not null then 'blocked' else 'full' end
      ::public.billing_access,
    private.own_debt_access(debt_access.own_overdue_at)
  )
$$;
comment on function private.debt_access(text, text, timestamptz, timestamptz) is
  'What debts leave of a subscription now: the worst of what the provider is owed, what it says of it, and what we are owed.';

create function private.advance_overdue(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_due record;
  v_count int := 0;
begin
  for v_due in
    select subscriptions.id, overdue.access
    from public.billing_subscriptions as subscriptions
    join private.credit_accounts as accounts on accounts.organization_id = subscriptions.organization_id
    cross join lateral private.debt_access(
      subscriptions.provider, subscriptions.status, subscriptions.overdue_at, subscriptions.own_overdue_at
    ) as overdue (access)
    where (subscriptions.overdue_at is not null or subscriptions.own_overdue_at is not null)
      and subscriptions.ended_at is null and subscriptions.access <> 'none' and subscriptions.access <> overdue.access
    order by subscriptions.organization_id, subscriptions.id
    limit advance_overdue.batch_size
    for no key update of accounts, subscriptions skip locked
  loop
    update public.billing_subscriptions
    set access = v_due.access,
      ended_at = case when v_due.access = 'ended' then now() end,
      status = case when v_due.access = 'ended' then 'canceled' else billing_subscriptions.status end,
      cancel_reason = case when v_due.access = 'ended' then 'unpaid' else billing_subscriptions.cancel_reason end,
      cancelled_at = case
        when v_due.access = 'ended' then coalesce(billing_subscriptions.cancelled_at, now())
        else billing_subscriptions.cancelled_at
      end
    where billing_subscriptions.id = v_due.id;
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.advance_overdue(int) is $$Takes overdue subscriptions to the step that their time asks for, and returns how many changed.

Each step is told by the topic subscription.access_changed, the last by subscription.ended. One that Stripe keeps is ended
there: private.cancel_unpaid_at_provider.$$;

create function private.cancel_unpaid_at_provider(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  with due as (
    select subscriptions.id, subscriptions.organization_id, subscriptions.provider_subscription_id
    from public.billing_subscriptions as subscriptions
    where subscriptions.provider = 'stripe' and subscriptions.overdue_at is not null and subscriptions.ended_at is null
      and private.overdue_access(subscriptions.overdue_at) = 'ended'
      -- Asked already: a dead job is for an operator, and the provider's word of the end is on its way.
      and not exists (
        select from private.jobs
        where jobs.kind = 'billing.cancel_unpaid' and jobs.dedupe_key = subscriptions.id::text
          and jobs.created_at > now() - interval '1 day'
      )
    order by subscriptions.id
    limit cancel_unpaid_at_provider.batch_size
  )
  select count(private.enqueue_job(
    'billing.cancel_unpaid', jsonb_build_object('provider_subscription_id', due.provider_subscription_id),
    organization_id := due.organization_id, dedupe_key := due.id::text
  )) into v_count
  from due;
  return v_count;
end;
$$;
comment on function private.cancel_unpaid_at_provider(int) is
  'Has subscriptions that nobody paid for billing.overdue_cancel_days cancelled at Stripe, and returns how many.';

create function private.cancel_of_deleted(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
  v_asked int;
begin
  with due as (
    select subscriptions.id
    from public.organizations
    join private.credit_accounts as accounts on accounts.organization_id = organizations.id
    join public.billing_subscriptions as subscriptions on subscriptions.organization_id = organizations.id
    where organizations.deleted_at is not null and subscriptions.provider = 'manual' and subscriptions.ended_at is null
      and not subscriptions.is_cancelled_at_period_end
    order by subscriptions.organization_id, subscriptions.id
    limit cancel_of_deleted.batch_size
    for no key update of accounts, subscriptions skip locked
  )
  update public.billing_subscriptions as subscriptions
  set is_cancelled_at_period_end = true, cancelled_at = now(), cancel_reason = 'other'
  from due where subscriptions.id = due.id;
  get diagnostics v_count = row_count;
  with due as (
    select subscriptions.id, subscriptions.organization_id, subscriptions.provider_subscription_id
    from public.organizations
    join public.billing_subscriptions as subscriptions on subscriptions.organization_id = organizations.id
    where organizations.deleted_at is not null and subscriptions.provider = 'stripe' and subscriptions.ended_at is null
      and not subscriptions.is_cancelled_at_period_end
      and not exists (
        select from private.jobs
        where jobs.kind = 'billing.cancel_removed' and jobs.dedupe_key = subscriptions.id::text
          and jobs.created_at > now() - interval '1 day'
      )
    order by subscriptions.id
    limit cancel_of_deleted.batch_size
  )
  select count(private.enqueue_job(
    'billing.cancel_removed',
    jsonb_build_object('provider_subscription_id', due.provider_subscription_id, 'is_purged', false),
    organization_id := due.organization_id, dedupe_key := due.id::text
  )) into v_asked
  from due;
  return v_count + v_asked;
end;
$$;
comment on function private.cancel_of_deleted(int) is
  $$Has subscriptions of deleted organizations end with their period, here or at Stripe, and returns how many.

Who restores the organization resumes what they want to keep.$$;

-- Definer: whoever purges writes no jobs of billing.
create function private.organizations_cancel_subscriptions()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- The job is nobody's: it would go with the organization.
  perform private.enqueue_job(
    'billing.cancel_removed',
    jsonb_build_object('provider_subscription_id', subscriptions.provider_subscription_id, 'is_purged', true),
    dedupe_key := 'purged:' || subscriptions.id
  )
  from public.billing_subscriptions as subscriptions
  where subscriptions.organization_id = old.id and subscriptions.provider = 'stripe' and subscriptions.ended_at is null;
  return old;
end;
$$;
comment on function private.organizations_cancel_subscriptions() is
  'Has what is still live at Stripe cancelled there when its organization is purged: nobody would pay for anything.';
create trigger t500_cancel_subscriptions before delete on public.organizations
  for each row execute function private.organizations_cancel_subscriptions();

create function private.end_subscriptions(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  -- Those of a payment provider end when it says so.
  with due as (
    select subscriptions.id from public.billing_subscriptions as subscriptions
    join private.credit_accounts as accounts on accounts.organization_id = subscriptions.organization_id
    where subscriptions.provider = 'manual' and subscriptions.ended_at is null
      and subscriptions.is_cancelled_at_period_end and subscriptions.current_period_ends_at <= now()
    order by subscriptions.organization_id, subscriptions.id
    limit end_subscriptions.batch_size
    for no key update of accounts, subscriptions skip locked
  )
  update public.billing_subscriptions set ended_at = now(), access = 'ended', status = 'canceled'
  from due where billing_subscriptions.id = due.id;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.end_subscriptions(int) is
  'Ends subscriptions paid by invoice that were cancelled for the end of their period, and returns how many.';

create function private.renew_subscriptions(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  with due as (
    select subscriptions.id from public.billing_subscriptions as subscriptions
    join private.credit_accounts as accounts on accounts.organization_id = subscriptions.organization_id
    where subscriptions.provider = 'manual' and subscriptions.ended_at is null and subscriptions.paused_at is null
      and not subscriptions.is_cancelled_at_period_end and subscriptions.current_period_ends_at <= now()
    order by subscriptions.organization_id, subscriptions.id
    limit renew_subscriptions.batch_size
    for no key update of accounts, subscriptions skip locked
  )
  update public.billing_subscriptions as subscriptions
  set status = case when subscriptions.status = 'trialing' then 'active' else subscriptions.status end,
    current_period_starts_at = subscriptions.current_period_ends_at,
    current_period_ends_at = private.next_period_end(
      coalesce(subscriptions.period_anchor_at, subscriptions.trial_ends_at, subscriptions.created_at),
      subscriptions.current_period_ends_at, subscriptions.billing_interval, organizations.time_zone
    )
  from due, public.organizations
  where subscriptions.id = due.id and organizations.id = subscriptions.organization_id;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.renew_subscriptions(int) is
  'Begins the next period of subscriptions paid by invoice, and returns how many.';

create function private.next_period_end(
  anchor timestamptz, period_ends_at timestamptz, billing_interval public.billing_interval, time_zone text default 'UTC'
)
  returns timestamptz
  language sql immutable set search_path = ''
as $$
  -- Counted from the first day, so that a subscription of the 31st is back on it after February.
  select ends.at
  -- Only the steps about there: by the mean length of a month, which is some days off, never a whole step.
  from (
    select greatest(1, floor(
      extract(epoch from next_period_end.period_ends_at - next_period_end.anchor)
        / case next_period_end.billing_interval when 'month' then 2629746 else 31556952 end
    )::int - 1) as first_step
  ) as about
  cross join lateral generate_series(about.first_step, about.first_step + 4) as step
  cross join lateral (
    select (
      next_period_end.anchor at time zone next_period_end.time_zone
      + private.billing_period_length(next_period_end.billing_interval) * step
    ) at time zone next_period_end.time_zone as at
  ) as ends
  -- Not any later moment: who moved to another time zone, or began before the clock changed, has an end some hours off.
  where ends.at > next_period_end.period_ends_at
    + private.billing_period_length(next_period_end.billing_interval) / 2
  order by step
  limit 1
$$;
comment on function private.next_period_end(timestamptz, timestamptz, public.billing_interval, text) is
  $$The end of the period that follows: so many months or years after the first day, by the clock of a time zone.

Months without that day end on their last one. Where the clock changes, the hour on the wall stays.$$;

create function private.expire_overrides(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  with due as (
    select overrides.organization_id, overrides.key from private.billing_overrides as overrides
    join private.credit_accounts as accounts on accounts.organization_id = overrides.organization_id
    where overrides.expires_at <= now()
    order by overrides.organization_id, overrides.key
    limit expire_overrides.batch_size
    for no key update of accounts, overrides skip locked
  )
  delete from private.billing_overrides using due
  where billing_overrides.organization_id = due.organization_id and billing_overrides.key = due.key;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.expire_overrides(int) is 'Removes limits that operators gave for a time that is over.';

create function private.keep_subscriptions(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  -- What ends is not renewed, and what is overdue is looked at after both.
  select private.cancel_of_deleted(keep_subscriptions.batch_size)
    + private.end_subscriptions(keep_subscriptions.batch_size)
    + private.renew_subscriptions(keep_subscriptions.batch_size)
    + private.advance_overdue(keep_subscriptions.batch_size)
    + private.cancel_unpaid_at_provider(keep_subscriptions.batch_size)
    + private.expire_overrides(keep_subscriptions.batch_size)
$$;
comment on function private.keep_subscriptions(int) is 'Ends, renews and degrades subscriptions, and returns how many changed.';

create function private.job_keep_subscriptions(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'billing_keep_subscriptions', 'private.keep_subscriptions'::regproc, job_keep_subscriptions.batch_size
  )
$$;
comment on function private.job_keep_subscriptions(int) is 'Ends, renews and degrades subscriptions.';

select private.register_cron_job('billing_keep_subscriptions', '*/5 * * * *', 'select private.job_keep_subscriptions(1000)');
select private.install_cron_jobs();
