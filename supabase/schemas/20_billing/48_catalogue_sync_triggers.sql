-- Definer: operators' functions and migrations alike change the catalogue, and neither may need a grant on jobs.
create function private.request_catalogue_sync(reason text)
  returns bigint
  language sql volatile security definer set search_path = ''
as $$
  -- One job for each transaction, one at a time: a sync that is running may have read the catalogue before this change.
  select private.enqueue_job(
    'billing.sync_catalogue', jsonb_build_object('reason', request_catalogue_sync.reason),
    dedupe_key => 'catalogue:' || txid_current(), ordering_key => 'billing_catalogue'
  )
$$;
comment on function private.request_catalogue_sync(text) is
  'Has the payment providers get plans, prices, packs and tax rates as they are after this transaction.';

create function private.catalogue_request_sync()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.request_catalogue_sync('changed');
  return null;
end;
$$;
comment on function private.catalogue_request_sync() is 'Has the payment providers follow a change of the catalogue.';
create trigger t900_request_sync after insert or update or delete on public.billing_plans
  for each statement execute function private.catalogue_request_sync();
create trigger t900_request_sync after insert or update or delete on public.billing_prices
  for each statement execute function private.catalogue_request_sync();
create trigger t900_request_sync after insert or update or delete on public.billing_tax_rates
  for each statement execute function private.catalogue_request_sync();
create trigger t900_request_sync after insert or update or delete on public.credit_packs
  for each statement execute function private.catalogue_request_sync();
create trigger t900_request_sync after insert or update or delete on public.credit_pack_prices
  for each statement execute function private.catalogue_request_sync();
