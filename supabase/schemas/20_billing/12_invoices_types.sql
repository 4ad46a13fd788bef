create type public.billing_invoice_status as enum ('draft', 'issued', 'paid', 'overdue', 'void');
comment on type public.billing_invoice_status is $$Where an invoice stands.

draft: may still change; issued: has a number and never changes again; overdue: issued and past its due date; paid and
void are the ends. Partly paid and refunded are no states: they follow from payments and credit notes.$$;

create type public.billing_line_kind as enum ('flat', 'seat', 'overage', 'one_off', 'adjustment');
comment on type public.billing_line_kind is $$What a line of an invoice is for.

flat: the fee of a period; seat: seats of a period; overage: use above the limit of the plan in the period that ended;
one_off: something bought once; adjustment: anything else, such as a discount or proration, and may be negative.$$;

create type private.billing_number_kind as enum ('invoice', 'credit_note', 'receipt');
comment on type private.billing_number_kind is 'What has a series of numbers of its own.';
