create function private.watch_onchain_quotes(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
  v_quote record;
begin
  with due as (
    select quotes.id from public.billing_onchain_quotes as quotes
    join private.credit_accounts as accounts on accounts.organization_id = quotes.organization_id
    where quotes.state = 'open' and quotes.expires_at <= now()
    order by quotes.expires_at limit watch_onchain_quotes.batch_size
    for no key update of accounts, quotes skip locked
  )
  update public.billing_onchain_quotes set state = 'expired' from due where billing_onchain_quotes.id = due.id;
  get diagnostics v_count = row_count;
  delete from private.wallet_nonces where wallet_nonces.expires_at < now() - interval '1 day';
  -- Whose job was lost. One that is alive is not made twice.
  for v_quote in
    select quotes.id, quotes.organization_id from public.billing_onchain_quotes as quotes
    where (quotes.state in ('submitted', 'confirming', 'orphaned')
        or quotes.state = 'confirmed' and quotes.finalized_at is null)
      and coalesce(quotes.checked_at, quotes.submitted_at) < now() - interval '15 minutes'
      and private.onchain_recheck_seconds(quotes) is not null
    order by quotes.checked_at nulls first
    limit watch_onchain_quotes.batch_size
  loop
    perform private.enqueue_job(
      'onchain.check_quote', jsonb_build_object('quote_id', v_quote.id), organization_id := v_quote.organization_id,
      dedupe_key := v_quote.id::text
    );
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.watch_onchain_quotes(int) is
  'Ends quotes that nobody paid in time, and has transactions looked at whose job was lost. Returns how many.';

create function private.job_watch_onchain_quotes(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'billing_watch_onchain_quotes', 'private.watch_onchain_quotes'::regproc, job_watch_onchain_quotes.batch_size
  )
$$;
comment on function private.job_watch_onchain_quotes(int) is 'Ends quotes that nobody paid, and has lost checks done.';

select private.register_cron_job(
  'billing_watch_onchain_quotes', '*/5 * * * *', 'select private.job_watch_onchain_quotes(500)'
);
select private.install_cron_jobs();
