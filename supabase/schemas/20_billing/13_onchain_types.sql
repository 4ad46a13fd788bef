create type public.billing_onchain_quote_state as enum (
  'open', 'submitted', 'confirming', 'confirmed', 'expired', 'failed', 'orphaned'
);
comment on type public.billing_onchain_quote_state is $$Where a payment in tokens stands.

open: waits for the transfer. submitted: a transaction was named and is looked for. confirming: it is right, and waits
for further blocks. confirmed: it counts as paid. expired: nobody paid in time. failed: the transaction is not the payment
that was asked for. orphaned: it was confirmed and its block was replaced, so the payment was reversed.$$;
