create type public.credit_purchase_status as enum ('pending', 'paid', 'refunded', 'failed');
comment on type public.credit_purchase_status is $$Where a purchase of credits stands, which follows from its payments.

pending: not paid yet; paid: the credits are there, those of a part that was refunded excepted; refunded: all of it was
paid back or disputed away; failed: the payment did not succeed.$$;
