create type public.billing_product as enum ('fundraising', 'estate', 'campaigns', 'chat');
comment on type public.billing_product is 'A product line: an organization has at most one live subscription to each.';

create type public.billing_price_kind as enum ('flat', 'seat', 'metered', 'one_off');
comment on type public.billing_price_kind is $$What a price is multiplied by.

flat: once in each period; seat: the number of seats; metered: what was used above the limit of the plan; one_off: once.$$;

create type public.billing_interval as enum ('month', 'year');
comment on type public.billing_interval is 'How long a paid period is.';
