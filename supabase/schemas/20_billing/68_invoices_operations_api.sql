-- Definer: asks for the admin before anything else.
create function private.mark_invoice_paid(
  invoice_id uuid, method text, reference text, paid_at timestamptz, amount_cents bigint
)
  returns public.billing_invoices
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_invoice public.billing_invoices;
begin
  perform private.require_platform_admin('mark the invoice as paid');
  v_invoice := private.required_own_invoice(mark_invoice_paid.invoice_id, 'mark the invoice as paid');
  if v_invoice.status not in ('issued', 'overdue') then
    perform private.raise_error(
      409, 'billing_invoice_not_open', format('Cannot mark the invoice as paid: it is %s', v_invoice.status)
    );
  end if;
  perform private.record_manual_payment(
    v_invoice.organization_id, v_invoice.currency, coalesce(mark_invoice_paid.amount_cents, v_invoice.open_cents),
    mark_invoice_paid.method, mark_invoice_paid.reference, coalesce(mark_invoice_paid.paid_at, now()), v_invoice.id
  );
  select * into v_invoice from public.billing_invoices as invoices where invoices.id = v_invoice.id;
  return v_invoice;
end;
$$;
comment on function private.mark_invoice_paid(uuid, text, text, timestamptz, bigint) is 'Body of public.mark_invoice_paid.';
grant execute on function private.mark_invoice_paid(uuid, text, text, timestamptz, bigint) to authenticated;

create function public.mark_invoice_paid(
  invoice_id uuid, method text, reference text default null, paid_at timestamptz default now(), amount_cents bigint default null
)
  returns public.billing_invoices
  language sql volatile set search_path = ''
as $$
  select private.mark_invoice_paid(
    mark_invoice_paid.invoice_id, mark_invoice_paid.method, mark_invoice_paid.reference, mark_invoice_paid.paid_at,
    mark_invoice_paid.amount_cents
  )
$$;
comment on function public.mark_invoice_paid(uuid, text, text, timestamptz, bigint) is
  $$Writes down that an own invoice was paid by transfer or in cash: all that is open, or amount_cents. For platform admins.

As record_manual_payment, with a second factor and audited. Errors: those of record_manual_payment, 409
billing_invoice_not_open.$$;
grant execute on function public.mark_invoice_paid(uuid, text, text, timestamptz, bigint) to authenticated;

-- Definer: as private.mark_invoice_paid.
create function private.list_invoices(
  status public.billing_invoice_status, organization_id uuid, created_before timestamptz, page_size int
)
  returns setof public.billing_invoices
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('list the invoices');
  return query
  select * from public.billing_invoices as invoices
  where (list_invoices.status is null or invoices.status = list_invoices.status)
    and (list_invoices.organization_id is null or invoices.organization_id = list_invoices.organization_id)
    and (list_invoices.created_before is null or invoices.created_at < list_invoices.created_before)
  order by invoices.created_at desc, invoices.id desc
  limit least(greatest(list_invoices.page_size, 1), 200);
end;
$$;
comment on function private.list_invoices(public.billing_invoice_status, uuid, timestamptz, int) is 'Body of public.list_invoices.';
grant execute on function private.list_invoices(public.billing_invoice_status, uuid, timestamptz, int) to authenticated;

create function public.list_invoices(
  status public.billing_invoice_status default null, organization_id uuid default null,
  created_before timestamptz default null, page_size int default 50
)
  returns setof public.billing_invoices
  language sql stable set search_path = ''
as $$
  select * from private.list_invoices(
    list_invoices.status, list_invoices.organization_id, list_invoices.created_before, list_invoices.page_size
  )
$$;
comment on function public.list_invoices(public.billing_invoice_status, uuid, timestamptz, int) is
  $$Invoices of all organizations, the newest first. For platform admins with a second factor.

At most 200; the next page is before created_at of the last one. Errors: 403.$$;
grant execute on function public.list_invoices(public.billing_invoice_status, uuid, timestamptz, int) to authenticated;

-- Definer: as private.mark_invoice_paid.
create function private.get_invoicing_progress()
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('see the progress of invoicing');
  return jsonb_build_object(
    'waiting_count', (
      select count(*) from private.billing_periods as periods
      where periods.handled_at is null and periods.starts_at <= now()
    ),
    'waiting_since', (
      select min(periods.starts_at) from private.billing_periods as periods
      where periods.handled_at is null and periods.starts_at <= now()
    ),
    'failed_count', (
      select count(*) from private.billing_periods as periods where periods.handled_at is null and periods.failed_at is not null
    ),
    'draft_count', (
      select count(*) from public.billing_invoices as invoices where invoices.provider = 'own' and invoices.status = 'draft'
    ),
    'handled_today_count', (
      select count(*) from private.billing_periods as periods where periods.handled_at >= date_trunc('day', now(), 'UTC')
    ),
    'last_run', (
      select jsonb_build_object(
        'started_at', runs.started_at, 'finished_at', runs.finished_at, 'state', runs.state,
        'handled_count', runs.handled_count
      )
      from private.cron_runs as runs where runs.name = 'billing_make_invoices' and runs.state <> 'skipped'
      order by runs.started_at desc limit 1
    )
  );
end;
$$;
comment on function private.get_invoicing_progress() is 'Body of public.get_invoicing_progress.';
grant execute on function private.get_invoicing_progress() to authenticated;

create function public.get_invoicing_progress()
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_invoicing_progress()
$$;
comment on function public.get_invoicing_progress() is
  $$How far the job is that makes own invoices. For platform admins with a second factor.

{waiting_count, waiting_since, failed_count, draft_count, handled_today_count, last_run: {started_at, finished_at, state, handled_count}}.$$;
grant execute on function public.get_invoicing_progress() to authenticated;

-- Definer: as private.mark_invoice_paid.
create function private.save_dunning_plan(currency text, minimum_cents bigint, attempt_count int, delay_days int)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('save the dunning plan');
  insert into private.billing_dunning_plans as plans (currency, minimum_cents, attempt_count, delay_days)
  values (
    save_dunning_plan.currency, save_dunning_plan.minimum_cents, save_dunning_plan.attempt_count,
    save_dunning_plan.delay_days
  )
  on conflict on constraint billing_dunning_plans_pkey do update
    set minimum_cents = excluded.minimum_cents, attempt_count = excluded.attempt_count, delay_days = excluded.delay_days;
exception
  when check_violation or not_null_violation then
    perform private.raise_error(
      422, 'billing_dunning_plan_invalid',
      'Cannot save the dunning plan: it has a currency or "*", an amount from 0, 0 to 20 reminders and 1 to 90 days'
    );
end;
$$;
comment on function private.save_dunning_plan(text, bigint, int, int) is 'Body of public.save_dunning_plan.';
grant execute on function private.save_dunning_plan(text, bigint, int, int) to authenticated;

create function public.save_dunning_plan(currency text, minimum_cents bigint, attempt_count int, delay_days int)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.save_dunning_plan(
    save_dunning_plan.currency, save_dunning_plan.minimum_cents, save_dunning_plan.attempt_count,
    save_dunning_plan.delay_days
  )
$$;
comment on function public.save_dunning_plan(text, bigint, int, int) is
  $$Says how overdue own invoices of a currency are asked for, or "*" for all others. For platform admins with a second factor; audited.

Below minimum_cents owed an organization is not reminded and keeps its access; attempt_count reminders go out, delay_days
apart. Errors: 403, 422 billing_dunning_plan_invalid.$$;
grant execute on function public.save_dunning_plan(text, bigint, int, int) to authenticated;
