-- What happens in billing is sent to the endpoints of the organization that it happens to; billing.unresolved is for
-- operators alone.
insert into public.webhook_event_types (topic, description, example)
select topics.topic, topics.description, subjects.example || coalesce(topics.more, '{}')
from (values
  ('subscription', jsonb_build_object(
    'subscription_id', '5d0a8d0e-3f0f-4c53-9a2c-6a1c4d2f7b11', 'product', 'fundraising',
    'plan_id', 'f04515c7-c282-8988-a61e-503267b65d46', 'status', 'active', 'access', 'full',
    'current_period_ends_at', '2026-12-31T09:30:00+00:00'
  )),
  ('trial', jsonb_build_object(
    'subscription_id', '5d0a8d0e-3f0f-4c53-9a2c-6a1c4d2f7b11', 'product', 'fundraising',
    'plan_id', 'f04515c7-c282-8988-a61e-503267b65d46', 'trial_ends_at', '2026-12-14T09:30:00+00:00', 'days', 3
  )),
  ('invoice', jsonb_build_object(
    'invoice_id', '7a1c2e9e-6f5d-4f1a-9b51-3c1f0f6f8d11', 'provider', 'own', 'number', 'ATR-2026-000001',
    'status', 'issued', 'subscription_id', '5d0a8d0e-3f0f-4c53-9a2c-6a1c4d2f7b11', 'currency', 'NGN',
    'total_cents', 1612500, 'open_cents', 1612500, 'due_at', '2026-12-14T09:30:00+00:00', 'hosted_url', null
  )),
  ('credit_note', jsonb_build_object(
    'credit_note_id', '2f6b8d1f-0a77-4c8e-9f5e-5b0c7c0e55a1', 'invoice_id', '7a1c2e9e-6f5d-4f1a-9b51-3c1f0f6f8d11',
    'number', 'ATR-CN-2026-000001', 'settlement', 'invoice', 'currency', 'NGN', 'total_cents', 107500
  )),
  ('payment', jsonb_build_object(
    'payment_id', '0b6f6c1e-52a5-4a0e-8f5e-7a8a0f3f2f51', 'provider', 'stripe', 'purpose', 'credit_pack',
    'purpose_id', '9a2c6a1c-4d2f-4b11-8d0e-3f0f5d0a4c53', 'method', 'card', 'status', 'succeeded', 'currency', 'USD',
    'amount_cents', 2150, 'refunded_cents', 0, 'failure_code', null
  )),
  ('credits_use', jsonb_build_object('percent', 80, 'granted_on', '2026-12-01', 'left_count', 30, 'is_low', false)),
  ('credits_purchase', jsonb_build_object(
    'purchase_id', '9a2c6a1c-4d2f-4b11-8d0e-3f0f5d0a4c53', 'pack_id', '9edb1a1d-8cf8-8c11-a7ec-3ec3522744b6',
    'payment_id', '0b6f6c1e-52a5-4a0e-8f5e-7a8a0f3f2f51', 'credit_count', 500, 'currency', 'USD', 'price_cents', 2000
  )),
  ('credits_clawback', jsonb_build_object(
    'purchase_id', '9a2c6a1c-4d2f-4b11-8d0e-3f0f5d0a4c53', 'payment_id', '0b6f6c1e-52a5-4a0e-8f5e-7a8a0f3f2f51',
    'clawed_back_count', 450, 'owed_count', 50
  )),
  ('usage', jsonb_build_object(
    'metric', 'plots', 'limit_key', 'max_plots', 'percent', 80, 'used_count', 80, 'limit_count', 100, 'action', 'block'
  )),
  ('quote', jsonb_build_object(
    'quote_id', '6f5d4f1a-9b51-4c1f-8f6f-8d117a1c2e9e', 'purpose', 'invoice',
    'purpose_id', '7a1c2e9e-6f5d-4f1a-9b51-3c1f0f6f8d11', 'currency', 'USD', 'amount_cents', 2150,
    'token_symbol', 'USDC', 'amount_units', '21500000', 'received_units', '21500000',
    'transaction_hash', '0x' || repeat('5b', 32), 'failure_code', null
  ))
) as subjects (subject, example)
join (values
  ('subscription', 'subscription.created', 'A subscription began', null::jsonb),
  ('subscription', 'subscription.plan_changed', 'A subscription has another plan', null),
  ('subscription', 'subscription.access_changed', 'What a subscription lets do has changed', '{"access": "reminded"}'),
  ('subscription', 'subscription.cancelled', 'A subscription ends with its period', null),
  ('subscription', 'subscription.resumed', 'A cancellation was taken back, or a pause is over', null),
  ('subscription', 'subscription.paused', 'A subscription rests', null),
  ('subscription', 'subscription.renewed', 'The next period of a subscription began', null),
  ('subscription', 'subscription.ended', 'A subscription ended', '{"status": "canceled", "access": "ended"}'),
  ('trial', 'subscription.trial_ending', 'A trial ends soon; once for each of the days of billing.trial_reminder_days', null),
  ('invoice', 'invoice.issued', 'An invoice was issued', null),
  ('invoice', 'invoice.paid', 'Nothing of an invoice is open any more', '{"status": "paid", "open_cents": 0}'),
  ('invoice', 'invoice.due_soon', 'An invoice is due soon', null),
  ('invoice', 'invoice.overdue', 'An invoice was not paid when it was due', '{"status": "overdue"}'),
  ('invoice', 'invoice.reminder', 'An overdue invoice was reminded of',
    '{"status": "overdue", "attempt": 1, "attempt_count": 3}'),
  ('invoice', 'invoice.voided', 'An invoice was made void', '{"status": "void", "open_cents": 0}'),
  ('credit_note', 'credit_note.issued', 'A credit note was issued', null),
  ('payment', 'payment.succeeded', 'A payment came in', null),
  ('payment', 'payment.failed', 'A payment was declined', '{"status": "failed", "failure_code": "card_declined"}'),
  ('payment', 'payment.reversed', 'The money of a payment is gone again', '{"status": "reversed"}'),
  ('payment', 'payment.refunded', 'Money of a payment went back',
    '{"refunded_cents": 2150, "refund_id": "4c8e9f5e-2f6b-4d1f-8a77-5b0c7c0e55a1", "refund_cents": 2150, "reason": "requested_by_customer"}'),
  ('payment', 'payment.refund_failed', 'A refund failed, or came back',
    '{"refund_id": "4c8e9f5e-2f6b-4d1f-8a77-5b0c7c0e55a1", "refund_cents": 2150, "reason": "requested_by_customer"}'),
  ('payment', 'payment.disputed', 'The payer disputed a payment',
    '{"dispute_id": "55a14c8e-9f5e-4f6b-8d1f-0a775b0c7c0e", "disputed_cents": 2150, "dispute_status": "needs_response", "evidence_due_at": "2026-12-14T09:30:00+00:00"}'),
  ('payment', 'payment.dispute_closed', 'A dispute was decided',
    '{"dispute_id": "55a14c8e-9f5e-4f6b-8d1f-0a775b0c7c0e", "disputed_cents": 2150, "dispute_status": "won", "evidence_due_at": null}'),
  ('credits_use', 'credits.used', '80, 90 or 100 % of the credits of the day are used', null),
  ('credits_purchase', 'credits.purchased', 'A pack of credits was paid', null),
  ('credits_clawback', 'credits.clawed_back', 'Credits were taken back after a refund or a lost dispute', null),
  ('usage', 'usage.threshold', '80, 90 or 100 % of a limit are reached', null),
  ('quote', 'onchain_quote.submitted', 'A transaction was named for a payment in tokens', '{"received_units": null}'),
  ('quote', 'onchain_quote.confirmed', 'A payment in tokens counts', null),
  ('quote', 'onchain_quote.failed', 'A transaction does not pay the quote',
    '{"received_units": null, "failure_code": "underpaid"}'),
  ('quote', 'onchain_quote.orphaned', 'The block of a payment in tokens was replaced', null),
  ('quote', 'onchain_quote.expired', 'A quote expired unpaid', '{"received_units": null, "transaction_hash": null}')
) as topics (subject, topic, description, more) using (subject)
on conflict do nothing;
