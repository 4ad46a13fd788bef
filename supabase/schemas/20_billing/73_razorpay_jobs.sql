create function private.reconcile_razorpay(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_due record;
  v_count int := 0;
begin
  for v_due in
    select orders.checkout_session_id as id, sessions.organization_id
    from private.razorpay_orders as orders
    join public.billing_checkout_sessions as sessions on sessions.id = orders.checkout_session_id
    where sessions.status = 'open' and orders.created_at < now() - interval '15 minutes'
      and (orders.checked_at is null or orders.checked_at < now() - interval '1 hour')
    order by orders.checked_at nulls first
    limit reconcile_razorpay.batch_size
    for update of orders skip locked
  loop
    update private.razorpay_orders set checked_at = now() where razorpay_orders.checkout_session_id = v_due.id;
    perform private.enqueue_job(
      'razorpay.reconcile_order', jsonb_build_object('checkout_id', v_due.id), organization_id := v_due.organization_id,
      dedupe_key := v_due.id::text
    );
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.reconcile_razorpay(int) is
  $$Has Razorpay asked what became of orders that are open for more than 15 minutes, each once an hour; returns how many.

Events may be lost: the webhook is switched off when it could not be delivered for a day.$$;

create function private.job_reconcile_razorpay(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'billing_reconcile_razorpay', 'private.reconcile_razorpay'::regproc, job_reconcile_razorpay.batch_size
  )
$$;
comment on function private.job_reconcile_razorpay(int) is 'Has open orders at Razorpay looked at.';

select private.register_cron_job(
  'billing_reconcile_razorpay', '*/5 * * * *', 'select private.job_reconcile_razorpay(500)'
);
select private.install_cron_jobs();
