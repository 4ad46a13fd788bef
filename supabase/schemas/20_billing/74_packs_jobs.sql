create function private.collect_all_owed_credits(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_owed record;
  v_count int := 0;
begin
  for v_owed in
    select wallets.organization_id, wallets.id from public.credit_wallets as wallets
    join private.credit_accounts as accounts on accounts.organization_id = wallets.organization_id
    where wallets.kind = 'purchased' and wallets.balance_count > wallets.reserved_count
      and wallets.organization_id in (
        select credit_purchases.organization_id from public.credit_purchases where credit_purchases.owed_count > 0
      )
    order by wallets.organization_id
    limit collect_all_owed_credits.batch_size
    for no key update of accounts skip locked
  loop
    perform private.lock_credits(v_owed.organization_id);
    v_count := v_count + private.collect_owed_credits(v_owed.organization_id, v_owed.id);
  end loop;
  return v_count;
end;
$$;
comment on function private.collect_all_owed_credits(int) is
  'Takes what is owed from bought credits that came back from a reservation, and returns of how many purchases.';

create function private.job_collect_owed_credits(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'billing_collect_owed_credits', 'private.collect_all_owed_credits'::regproc, job_collect_owed_credits.batch_size
  )
$$;
comment on function private.job_collect_owed_credits(int) is 'Takes back credits that were set aside when their purchase was refunded.';

select private.register_cron_job(
  'billing_collect_owed_credits', '*/5 * * * *', 'select private.job_collect_owed_credits(1000)'
);
select private.install_cron_jobs();
