create type public.billing_payment_status as enum (
  'pending', 'requires_action', 'processing', 'succeeded', 'failed', 'cancelled', 'reversed'
);
comment on type public.billing_payment_status is $$How a payment stands, whoever collects it.

pending: nothing was paid yet. requires_action: the payer has to do something, such as 3-D Secure. processing: on its
way. succeeded: the money is there. failed: it was refused, and may be tried again. cancelled: nobody waits for it any
more. reversed: it was there and is gone, such as by a reorganised chain; a refund is not a reversal.$$;

create type public.billing_payment_purpose as enum ('subscription', 'credit_pack', 'invoice', 'other');
comment on type public.billing_payment_purpose is
  'What a payment is for: a subscription, a purchase of credits, an own invoice, or something else.';

create type public.billing_refund_status as enum ('pending', 'requires_action', 'succeeded', 'failed', 'cancelled');
comment on type public.billing_refund_status is $$How a refund stands.

pending: asked for, or on its way. requires_action: the payer has to say where the money goes. succeeded: the provider
sent it. failed: it came back, also after it had succeeded. cancelled: it was called off.$$;

create type public.billing_refund_reason as enum ('duplicate', 'fraudulent', 'requested_by_customer', 'other');
comment on type public.billing_refund_reason is 'Why money was given back.';

create type public.billing_checkout_mode as enum ('subscription', 'payment', 'setup');
comment on type public.billing_checkout_mode is
  'What a checkout page is for: to subscribe, to pay once, or to save a payment method.';

create type public.billing_checkout_status as enum ('open', 'complete', 'expired');
comment on type public.billing_checkout_status is 'Whether a checkout page can still be used, was gone through, or is over.';

create type public.billing_payment_object as enum ('payment', 'refund', 'dispute');
comment on type public.billing_payment_object is 'What an entry of the log of payments is about.';
