select private.define_setting(
  'billing.invoice_due_days', 'integer', '14', 'Days from the issue of an own invoice to its due date', minimum := 0,
  maximum := 180
);
select private.define_setting(
  'billing.invoice_draft_hours', 'integer', '0', 'Hours that own invoices stay drafts, in which operators can stop them',
  minimum := 0, maximum := 720
);
select private.define_setting(
  'billing.invoice_due_soon_days', 'integer', '3', 'Days before the due date at which an own invoice is reminded of; 0 for not',
  minimum := 0, maximum := 60
);
select private.define_setting(
  'billing.trial_reminder_days', 'json', '[3, 1]', 'Days before the end of a trial at which it is told', maximum := 100
);

-- Without nested loops: the invoices are so new that their number is not known to the planner, which would compare each
-- with each credit note.
create function private.apply_money_credits(invoice_ids uuid[])
  returns void
  language plpgsql volatile set search_path = '' set enable_nestloop = off set jit = off
as $$
begin
  -- Locked in one order, so that no credit is taken twice.
  perform from public.billing_credit_notes as notes
  where notes.settlement = 'balance' and notes.used_cents < notes.amount_cents and notes.organization_id in (
    select invoices.organization_id from public.billing_invoices as invoices
    where invoices.id = any (apply_money_credits.invoice_ids)
  )
  order by notes.id for no key update;
  if not found then
    return;
  end if;
  -- Invoices and credit notes of an organization and currency laid along one line, each from where the one before ends:
  -- where two overlap, the invoice takes so much of the note.
  insert into public.billing_credit_uses (credit_note_id, invoice_id, organization_id, amount_cents)
  select notes.id, wanted.id, wanted.organization_id,
    least(notes.before_cents + notes.left_cents, wanted.before_cents + wanted.subtotal_cents)
      - greatest(notes.before_cents, wanted.before_cents)
  from (
    select invoices.id, invoices.organization_id, invoices.currency, invoices.subtotal_cents,
      coalesce(sum(invoices.subtotal_cents) over (
        partition by invoices.organization_id, invoices.currency order by invoices.period_starts_at, invoices.id
        rows between unbounded preceding and 1 preceding
      ), 0)::bigint as before_cents
    from public.billing_invoices as invoices
    where invoices.id = any (apply_money_credits.invoice_ids) and invoices.status = 'draft'
      and invoices.provider = 'own' and invoices.credit_cents = 0
  ) as wanted
  join (
    select balances.id, balances.organization_id, balances.currency,
      balances.amount_cents - balances.used_cents as left_cents,
      coalesce(sum(balances.amount_cents - balances.used_cents) over (
        partition by balances.organization_id, balances.currency order by balances.issued_at, balances.id
        rows between unbounded preceding and 1 preceding
      ), 0)::bigint as before_cents
    from public.billing_credit_notes as balances
    where balances.settlement = 'balance' and balances.used_cents < balances.amount_cents
  ) as notes
    on notes.organization_id = wanted.organization_id and notes.currency = wanted.currency
    and notes.before_cents < wanted.before_cents + wanted.subtotal_cents
    and wanted.before_cents < notes.before_cents + notes.left_cents;
  update public.billing_invoices as invoices
  set credit_cents = taken.credit_cents,
    tax_cents = private.invoice_tax(invoices.subtotal_cents - taken.credit_cents, invoices.tax_rate),
    total_cents = invoices.subtotal_cents - taken.credit_cents
      + private.invoice_tax(invoices.subtotal_cents - taken.credit_cents, invoices.tax_rate)
  from (
    select uses.invoice_id, sum(uses.amount_cents)::bigint as credit_cents from public.billing_credit_uses as uses
    where uses.invoice_id = any (apply_money_credits.invoice_ids) group by uses.invoice_id
  ) as taken
  where invoices.id = taken.invoice_id and invoices.status = 'draft';
end;
$$;
comment on function private.apply_money_credits(uuid[]) is
  'Has drafts take the money credits of their organizations, the oldest first, before tax and never below zero.';

create function private.issue_invoices(invoice_ids uuid[])
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_series record;
  v_first int;
  v_due_days int := private.setting_integer('billing.invoice_due_days');
  v_count int := 0;
begin
  -- The series in one order, so that two runs cannot wait for each other.
  for v_series in
    select sellers.id as seller_id, sellers.number_prefix,
      extract(year from now() at time zone sellers.time_zone)::int as year, count(*)::int as invoice_count,
      array_agg(drafts.id order by drafts.period_starts_at, drafts.created_at, drafts.id) as ids
    from (
      select invoices.* from public.billing_invoices as invoices
      where invoices.id = any (issue_invoices.invoice_ids) and invoices.status = 'draft' and invoices.provider = 'own'
      order by invoices.id for no key update
    ) as drafts
    join public.billing_sellers as sellers on sellers.id = drafts.seller_id
    group by sellers.id
    order by sellers.id
  loop
    v_first := private.take_billing_numbers(v_series.seller_id, 'invoice', v_series.year, v_series.invoice_count);
    update public.billing_invoices as invoices
    set status = case when invoices.total_cents = 0 then 'paid' else 'issued' end::public.billing_invoice_status,
      paid_at = case when invoices.total_cents = 0 then now() end,
      number = private.billing_number(
        v_series.number_prefix, 'invoice', v_series.year, v_first + places.place::int - 1
      ),
      issued_at = now(),
      -- As many days later by the clock on the buyer's wall.
      due_at = (
        now() at time zone invoices.time_zone + make_interval(days => v_due_days)
      ) at time zone invoices.time_zone
    from unnest(v_series.ids) with ordinality as places (id, place)
    where invoices.id = places.id;
    v_count := v_count + v_series.invoice_count;
  end loop;
  -- What was paid too much before pays these.
  perform private.allocate_payment(payments.id)
  from public.billing_payments as payments
  where payments.purpose = 'invoice' and payments.status = 'succeeded' and private.unallocated_cents(payments) > 0
    and payments.organization_id in (
      select invoices.organization_id from public.billing_invoices as invoices
      where invoices.id = any (issue_invoices.invoice_ids)
    );
  return v_count;
end;
$$;
comment on function private.issue_invoices(uuid[]) is $$Issues drafts: numbers that follow each other, the due date, and what the organization had paid too much.

What costs nothing after money credits is paid at once. Returns how many.$$;

-- Without nested loops, as private.apply_money_credits.
create function private.bill_periods(periods private.billing_periods[])
  returns void
  language plpgsql volatile set search_path = '' set enable_nestloop = off set jit = off
as $$
declare
  v_ids uuid[];
begin
  with lines as materialized (
    select * from private.invoice_lines_due(bill_periods.periods)
  ), drafts as materialized (
    select gen_random_uuid() as id, due.*, sums.subtotal_cents, organizations.time_zone, buyers.buyer, sellers as seller,
      rates.name as tax_name, rates.rate
    from unnest(bill_periods.periods) as due
    join (
      select lines.subscription_id, lines.period_starts_at, sum(lines.amount_cents)::bigint as subtotal_cents,
        max(lines.amount_cents) as most_cents
      from lines group by lines.subscription_id, lines.period_starts_at
    ) as sums on sums.subscription_id = due.subscription_id and sums.period_starts_at = due.starts_at
    join public.billing_plans as plans on plans.id = due.plan_id
    join public.organizations on organizations.id = due.organization_id
    -- Asked once for each row, not at each place that names it.
    cross join lateral (select private.billing_buyer(due.organization_id) as buyer offset 0) as buyers
    cross join lateral private.find_billing_seller(buyers.buyer ->> 'country', plans.product) as sellers
    left join public.billing_tax_rates as rates
      on rates.country = buyers.buyer ->> 'country'
      and daterange(rates.starts_on, rates.ends_on) @> (due.starts_at at time zone organizations.time_zone)::date
    -- What costs nothing needs no invoice.
    where sums.subtotal_cents >= 0 and sums.most_cents > 0
  ), made as (
    insert into public.billing_invoices (
      id, organization_id, provider, subscription_id, seller_id, currency, subtotal_cents, tax_name, tax_rate, tax_cents,
      total_cents, period_starts_at, period_ends_at, time_zone, buyer, seller
    )
    select drafts.id, drafts.organization_id, 'own', drafts.subscription_id, (drafts.seller).id, drafts.currency,
      drafts.subtotal_cents, drafts.tax_name, drafts.rate, private.invoice_tax(drafts.subtotal_cents, drafts.rate),
      drafts.subtotal_cents + private.invoice_tax(drafts.subtotal_cents, drafts.rate), drafts.starts_at, drafts.ends_at,
      drafts.time_zone, drafts.buyer, private.billing_seller_snapshot(drafts.seller)
    from drafts
  ), written as (
    insert into public.billing_invoice_lines (
      organization_id, invoice_id, position, kind, description, quantity, unit_cents, unit_count, amount_cents, price_id,
      limit_key, period_starts_at, period_ends_at, usage
    )
    select drafts.organization_id, drafts.id, lines.position, lines.kind, lines.description, lines.quantity,
      lines.unit_cents, lines.unit_count, lines.amount_cents, lines.price_id, lines.limit_key, lines.line_starts_at,
      lines.line_ends_at, lines.usage
    from drafts
    join lines on lines.subscription_id = drafts.subscription_id and lines.period_starts_at = drafts.starts_at
  ), taken as (
    update public.billing_pending_lines as pending set invoice_id = drafts.id
    from drafts
    where pending.subscription_id = drafts.subscription_id and pending.invoice_id is null
      and drafts.starts_at = (
        select min(first.starts_at) from unnest(bill_periods.periods) as first
        where first.subscription_id = drafts.subscription_id
      )
  ), carried as (
    insert into public.billing_pending_lines
      (organization_id, subscription_id, description, currency, amount_cents, period_starts_at, period_ends_at)
    select drafts.organization_id, drafts.subscription_id, 'Carried from the invoice before', drafts.currency,
      -lines.amount_cents, lines.line_starts_at, lines.line_ends_at
    from drafts
    join lines on lines.subscription_id = drafts.subscription_id and lines.period_starts_at = drafts.starts_at
    where lines.is_carried
  ), handled as (
    update private.billing_periods as billed
    set handled_at = now(), invoice_id = drafts.id, failed_at = null, last_error = null
    from unnest(bill_periods.periods) as due
    left join drafts on drafts.subscription_id = due.subscription_id and drafts.starts_at = due.starts_at
    where billed.subscription_id = due.subscription_id and billed.starts_at = due.starts_at
    returning billed.invoice_id
  )
  select array_agg(handled.invoice_id) filter (where handled.invoice_id is not null) into v_ids from handled;
  perform private.apply_money_credits(v_ids);
end;
$$;
comment on function private.bill_periods(private.billing_periods[]) is
  'Makes drafts of the invoices of periods, in a few statements for all of them, and marks these as handled.';

create function private.make_period_invoices(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_periods private.billing_periods[];
  v_period private.billing_periods;
begin
  select array_agg(due) into v_periods from (
    select periods.* from private.billing_periods as periods
    join private.credit_accounts as accounts on accounts.organization_id = periods.organization_id
    where periods.handled_at is null and periods.starts_at <= now()
      and (periods.failed_at is null or periods.failed_at <= now() - interval '1 hour')
    order by periods.starts_at, periods.subscription_id
    limit make_period_invoices.batch_size
    -- Whose billing is being written is billed by the next run.
    for no key update of accounts, periods skip locked
  ) as due;
  if v_periods is null then
    return 0;
  end if;
  begin
    perform private.bill_periods(v_periods);
  exception
    when others then
      -- One that cannot be billed keeps nobody else from being billed.
      foreach v_period in array v_periods loop
        begin
          perform private.bill_periods(array[v_period]);
        exception
          when others then
            raise warning 'Period of subscription % from % cannot be billed: %', v_period.subscription_id,
              v_period.starts_at, sqlerrm;
            update private.billing_periods as periods set failed_at = now(), last_error = left(sqlerrm, 1000)
            where periods.subscription_id = v_period.subscription_id and periods.starts_at = v_period.starts_at;
        end;
      end loop;
  end;
  return cardinality(v_periods);
end;
$$;
comment on function private.make_period_invoices(int) is $$Makes drafts of invoices for so many periods that have begun, and returns how many periods it saw to.

Each period once: twice it finds nothing, after an outage it bills every period that has begun since. One that cannot be
billed says why, and is tried again after an hour.$$;

create function private.issue_due_invoices(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  -- Drafts that an operator wrote are issued by an operator.
  select coalesce(private.issue_invoices(array_agg(due.id)), 0)
  from (
    select invoices.id from public.billing_invoices as invoices
    join private.credit_accounts as accounts on accounts.organization_id = invoices.organization_id
    where invoices.provider = 'own' and invoices.status = 'draft' and invoices.subscription_id is not null
      and invoices.created_at <= now() - make_interval(hours => private.setting_integer('billing.invoice_draft_hours')::int)
    order by invoices.created_at
    limit issue_due_invoices.batch_size
    for no key update of accounts, invoices skip locked
  ) as due
$$;
comment on function private.issue_due_invoices(int) is
  'Issues drafts of periods after billing.invoice_draft_hours, and returns how many.';

create function private.make_invoices(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_made int := private.make_period_invoices(make_invoices.batch_size);
begin
  -- After it, so that what was made now is issued now.
  return v_made + private.issue_due_invoices(make_invoices.batch_size);
end;
$$;
comment on function private.make_invoices(int) is 'Makes and issues the invoices of periods that have begun, and returns how many steps it took.';

create function private.job_make_invoices(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring('billing_make_invoices', 'private.make_invoices'::regproc, job_make_invoices.batch_size)
$$;
comment on function private.job_make_invoices(int) is 'Makes and issues the invoices of periods that have begun.';

-- A thousand in a transaction: nobody else writes their billing, nor spends their credits, until it ends.
select private.register_cron_job('billing_make_invoices', '* * * * *', 'select private.job_make_invoices(1000)');
select private.install_cron_jobs();
