create function private.dunning_plan(currency text)
  returns private.billing_dunning_plans
  language sql stable set search_path = ''
as $$
  select * from private.billing_dunning_plans as plans
  where plans.currency in (dunning_plan.currency, '*')
  order by plans.currency = '*'
  limit 1
$$;
comment on function private.dunning_plan(text) is 'How overdue invoices of a currency are asked for.';

create function private.mark_invoices_overdue(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  with due as (
    select invoices.id from public.billing_invoices as invoices
    join private.credit_accounts as accounts on accounts.organization_id = invoices.organization_id
    where invoices.provider = 'own' and invoices.status = 'issued' and invoices.due_at <= now()
    order by invoices.due_at, invoices.id
    limit mark_invoices_overdue.batch_size
    for no key update of accounts, invoices skip locked
  )
  update public.billing_invoices as invoices set status = 'overdue' from due where invoices.id = due.id;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.mark_invoices_overdue(int) is 'Marks own invoices overdue after their due date, and returns how many.';

create function private.tell_invoices_due_soon(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_invoice public.billing_invoices;
  v_days int := private.setting_integer('billing.invoice_due_soon_days');
  v_count int := 0;
begin
  for v_invoice in
    select invoices.* from public.billing_invoices as invoices
    join private.credit_accounts as accounts on accounts.organization_id = invoices.organization_id
    where v_days > 0 and invoices.provider = 'own' and invoices.status = 'issued' and invoices.due_soon_at is null
      and invoices.due_at > now() and invoices.due_at <= now() + make_interval(days => v_days)
    order by invoices.due_at, invoices.id
    limit tell_invoices_due_soon.batch_size
    for no key update of accounts, invoices skip locked
  loop
    update public.billing_invoices as invoices set due_soon_at = now() where invoices.id = v_invoice.id;
    perform private.emit_event(
      'invoice.due_soon', v_invoice.organization_id, private.invoice_event(v_invoice), 'invoice.due_soon:' || v_invoice.id
    );
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.tell_invoices_due_soon(int) is
  'Reminds of own invoices some days before they are due (topic invoice.due_soon), once each, and returns how many.';

create function private.remind_of_invoices(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_due record;
  v_count int := 0;
begin
  for v_due in
    select invoices as invoice, plans.attempt_count
    from public.billing_invoices as invoices
    join private.credit_accounts as accounts on accounts.organization_id = invoices.organization_id
    cross join lateral private.dunning_plan(invoices.currency) as plans
    where invoices.provider = 'own' and invoices.status = 'overdue' and invoices.reminder_count < plans.attempt_count
      and coalesce(invoices.reminded_at, invoices.due_at) + make_interval(days => plans.delay_days) <= now()
      and private.overdue_cents(invoices.organization_id, invoices.currency) >= plans.minimum_cents
    order by invoices.due_at, invoices.id
    limit remind_of_invoices.batch_size
    for no key update of accounts, invoices skip locked
  loop
    update public.billing_invoices as invoices
    set reminder_count = invoices.reminder_count + 1, reminded_at = now()
    where invoices.id = (v_due.invoice).id;
    perform private.emit_event(
      'invoice.reminder', (v_due.invoice).organization_id,
      private.invoice_event(v_due.invoice) || jsonb_build_object(
        'attempt', (v_due.invoice).reminder_count + 1, 'attempt_count', v_due.attempt_count
      )
    );
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.remind_of_invoices(int) is $$Reminds of overdue own invoices (topic invoice.reminder) as the dunning plan of their currency says, and returns how many.

After an outage one reminder goes out, not all that were missed.$$;

create function private.overdue_cents(organization_id uuid, currency text)
  returns bigint
  language sql stable set search_path = ''
as $$
  select coalesce(sum(invoices.open_cents), 0)::bigint from public.billing_invoices as invoices
  where invoices.organization_id = overdue_cents.organization_id and invoices.currency = overdue_cents.currency
    and invoices.provider = 'own' and invoices.status = 'overdue'
$$;
comment on function private.overdue_cents(uuid, text) is 'What an organization owes on overdue own invoices of a currency.';

create function private.degrade_overdue_subscriptions(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_ids uuid[];
  v_count int;
begin
  -- Locked in a statement of its own: what was paid a moment before is seen by the next one.
  select array_agg(due.id) into v_ids from (
    select subscriptions.id from public.billing_subscriptions as subscriptions
    join private.credit_accounts as accounts on accounts.organization_id = subscriptions.organization_id
    where subscriptions.ended_at is null
      and case subscriptions.provider when 'manual' then subscriptions.overdue_at else subscriptions.own_overdue_at end is null
      and exists (
        select from public.billing_invoices as invoices
        where invoices.organization_id = subscriptions.organization_id and invoices.subscription_id = subscriptions.id
          and invoices.provider = 'own' and invoices.status = 'overdue'
          and private.overdue_cents(invoices.organization_id, invoices.currency)
            >= (private.dunning_plan(invoices.currency)).minimum_cents
      )
    order by subscriptions.organization_id, subscriptions.id
    limit degrade_overdue_subscriptions.batch_size
    for no key update of accounts, subscriptions skip locked
  ) as due;
  update public.billing_subscriptions as subscriptions
  set overdue_at = case subscriptions.provider when 'manual' then overdue.since_at else subscriptions.overdue_at end,
    own_overdue_at = case when subscriptions.provider <> 'manual' then overdue.since_at end,
    -- How payment stands at a provider is the provider's word.
    status = case subscriptions.provider when 'manual' then 'past_due' else subscriptions.status end,
    -- Where another one of the product line counts there is nothing to take.
    access = case subscriptions.access when 'none' then 'none' else greatest(subscriptions.access, 'reminded') end
  from (
    select invoices.subscription_id, min(invoices.due_at) as since_at from public.billing_invoices as invoices
    where invoices.subscription_id = any (v_ids) and invoices.provider = 'own' and invoices.status = 'overdue'
    group by invoices.subscription_id
  ) as overdue
  where subscriptions.id = overdue.subscription_id;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.degrade_overdue_subscriptions(int) is $$Marks subscriptions whose own invoice is overdue, and returns how many: the steps of overdue access begin.

Not below what the dunning plan of the currency lets pass. Of one that a provider collects the invoice is for use above its
limits: what the provider says of its own stays beside it.$$;

-- Definer: whoever pays or makes void writes no subscription.
create function private.billing_invoices_restore_access()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.billing_subscriptions as subscriptions
  set overdue_at = null, status = 'active',
    access = case subscriptions.access when 'none' then 'none' else 'full' end::public.billing_access
  where subscriptions.id = new.subscription_id and subscriptions.provider = 'manual' and subscriptions.ended_at is null
    and subscriptions.overdue_at is not null
    and not exists (
      select from public.billing_invoices as invoices
      where invoices.subscription_id = new.subscription_id and invoices.provider = 'own' and invoices.status = 'overdue'
    );
  -- Where a provider collects the fee, what is owed to it stays as it is.
  update public.billing_subscriptions as subscriptions
  set own_overdue_at = null,
    access = case subscriptions.access
      when 'none' then 'none'
      else private.debt_access(subscriptions.provider, subscriptions.status, subscriptions.overdue_at, null)
    end
  where subscriptions.id = new.subscription_id and subscriptions.ended_at is null
    and subscriptions.own_overdue_at is not null
    and not exists (
      select from public.billing_invoices as invoices
      where invoices.subscription_id = new.subscription_id and invoices.provider = 'own' and invoices.status = 'overdue'
    );
  return null;
end;
$$;
comment on function private.billing_invoices_restore_access() is
  'Gives a subscription its access back with the last overdue invoice that is paid or made void.';
create trigger t500_restore_access after update on public.billing_invoices
  for each row when (
    new.provider = 'own' and new.subscription_id is not null and old.status = 'overdue' and new.status in ('paid', 'void')
  )
  execute function private.billing_invoices_restore_access();

create function private.tell_trials_ending(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_due record;
  v_count int := 0;
begin
  for v_due in
    select subscriptions.id, subscriptions.organization_id, subscriptions.product, subscriptions.plan_id,
      subscriptions.trial_ends_at, reached.days
    from public.billing_subscriptions as subscriptions
    join private.credit_accounts as accounts on accounts.organization_id = subscriptions.organization_id
    cross join lateral (
      -- The nearest of those reached is told, and stands for the others.
      select min(steps.day_count::int) as nearest, array_agg(steps.day_count::int) as days
      from jsonb_array_elements_text(private.setting('billing.trial_reminder_days')) as steps (day_count)
      where subscriptions.trial_ends_at <= now() + make_interval(days => steps.day_count::int)
    ) as reached
    where subscriptions.ended_at is null and subscriptions.status = 'trialing' and subscriptions.trial_ends_at > now()
      and reached.nearest is not null and not exists (
        select from private.billing_trial_reminders as reminders
        where reminders.subscription_id = subscriptions.id and reminders.trial_ends_at = subscriptions.trial_ends_at
          and reminders.day_count = reached.nearest
      )
    order by subscriptions.trial_ends_at, subscriptions.id
    limit tell_trials_ending.batch_size
    for no key update of accounts, subscriptions skip locked
  loop
    insert into private.billing_trial_reminders (subscription_id, trial_ends_at, day_count)
    select v_due.id, v_due.trial_ends_at, reached.day_count from unnest(v_due.days) as reached (day_count)
    on conflict do nothing;
    perform private.emit_event(
      'subscription.trial_ending', v_due.organization_id,
      jsonb_build_object(
        'subscription_id', v_due.id, 'product', v_due.product, 'plan_id', v_due.plan_id,
        'trial_ends_at', v_due.trial_ends_at, 'days', (select min(day_count) from unnest(v_due.days) as day_count)
      )
    );
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.tell_trials_ending(int) is $$Tells that trials end (topic subscription.trial_ending), at the days of billing.trial_reminder_days before, and returns how many.

Each once; after an outage only the nearest.$$;

create function private.keep_invoices(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  -- What is overdue is asked for, and degrades, in the same run.
  select private.mark_invoices_overdue(keep_invoices.batch_size)
    + private.degrade_overdue_subscriptions(keep_invoices.batch_size)
    + private.tell_invoices_due_soon(keep_invoices.batch_size)
    + private.remind_of_invoices(keep_invoices.batch_size)
    + private.tell_trials_ending(keep_invoices.batch_size)
$$;
comment on function private.keep_invoices(int) is 'Reminds of invoices and trials, marks what is overdue, and returns how many steps it took.';

create function private.job_keep_invoices(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring('billing_keep_invoices', 'private.keep_invoices'::regproc, job_keep_invoices.batch_size)
$$;
comment on function private.job_keep_invoices(int) is 'Reminds of invoices and of trials that end, and marks what is overdue.';

select private.register_cron_job('billing_keep_invoices', '*/5 * * * *', 'select private.job_keep_invoices(1000)');
select private.install_cron_jobs();
