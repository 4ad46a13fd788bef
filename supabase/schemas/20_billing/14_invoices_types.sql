create type public.billing_credit_settlement as enum ('invoice', 'balance', 'refund');
comment on type public.billing_credit_settlement is $$What becomes of a credit note.

invoice: it lowers what is open on its invoice. balance: it becomes money credit, which the next invoices take before tax.
refund: it stands for money that goes back to the payer.$$;
