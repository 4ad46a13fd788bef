create table private.razorpay_orders (
  checkout_session_id uuid primary key references public.billing_checkout_sessions (id) on delete cascade,
  currency text not null,
  amount_cents bigint not null,
  checked_at timestamptz,
  created_at timestamptz not null default now(),
  constraint razorpay_orders_currency_is_code check (currency ~ '^[A-Z]{3}$'),
  constraint razorpay_orders_amount_cents_is_positive check (amount_cents > 0)
);
create index razorpay_orders_checked_at_idx on private.razorpay_orders (checked_at nulls first);
alter table private.razorpay_orders enable row level security;
revoke all on private.razorpay_orders from anon, authenticated, service_role;
comment on table private.razorpay_orders is $$What was asked for with an order at Razorpay, beside its row of billing_checkout_sessions.

The session's id is the order's receipt there, by which an order is found that was made without us being told.$$;
comment on column private.razorpay_orders.checkout_session_id is 'The checkout; its provider_session_id is the id of the order.';
comment on column private.razorpay_orders.currency is 'ISO 4217.';
comment on column private.razorpay_orders.amount_cents is 'What is to be paid, in the currency''s minor unit: a smaller payment fulfils nothing.';
comment on column private.razorpay_orders.checked_at is 'When Razorpay was last asked what became of it; null before.';
comment on column private.razorpay_orders.created_at is 'When it was asked for.';
