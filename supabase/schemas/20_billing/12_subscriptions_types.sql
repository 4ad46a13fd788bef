create type public.billing_access as enum ('none', 'full', 'reminded', 'noticed', 'blocked', 'ended');
comment on type public.billing_access is $$What an organization may do with a subscription, apart from how its payment stands.

none: nothing, because the first payment is awaited or another subscription to the product line counts. full: everything.
reminded and noticed: everything, and told that a payment is overdue. blocked: the plan's limits are those of no plan, and
what exists can be read. ended: as without a subscription.$$;

create type public.billing_cancel_reason as enum (
  'too_expensive', 'missing_features', 'switched_service', 'unused', 'customer_service', 'too_complex', 'low_quality', 'other',
  'unpaid'
);
comment on type public.billing_cancel_reason is
  'Why a subscription was cancelled; "unpaid" is the system''s own, the others are a person''s choice.';
