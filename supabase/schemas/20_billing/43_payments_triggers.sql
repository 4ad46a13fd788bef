create trigger t100_set_updated_at before update on public.billing_customers
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_payment_methods
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_payments
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_refunds
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_disputes
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_checkout_sessions
  for each row execute function private.set_updated_at();

create function private.billing_payments_guard()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  if (old.organization_id, old.provider, old.provider_payment_id) is distinct from
    (new.organization_id, new.provider, new.provider_payment_id) then
    raise exception 'Whose a payment is and its provider never change'
      using errcode = 'check_violation', constraint = 'billing_payments_identity_never_changes';
  end if;
  if old.status in ('succeeded', 'reversed') then
    if new.status not in ('succeeded', 'reversed') then
      raise exception 'A payment that succeeded does not become %', new.status
        using errcode = 'check_violation', constraint = 'billing_payments_success_stays';
    end if;
    if (old.currency, old.amount_cents) is distinct from (new.currency, new.amount_cents) then
      raise exception 'The amount of a payment that succeeded never changes'
        using errcode = 'check_violation', constraint = 'billing_payments_amount_stays';
    end if;
  end if;
  return new;
end;
$$;
comment on function private.billing_payments_guard() is
  'Keeps whose a payment is, and that and how much was paid: what goes back is a refund or a reversal.';
create trigger t300_guard before update on public.billing_payments
  for each row execute function private.billing_payments_guard();

-- Definer: writers of payments need not be able to read saved methods.
create function private.billing_payments_link_method()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  new.payment_method_id := (
    select methods.id from public.billing_payment_methods as methods
    where methods.provider = new.provider and methods.provider_method_id = new.provider_payment_method_id
      and methods.organization_id = new.organization_id
  );
  return new;
end;
$$;
comment on function private.billing_payments_link_method() is
  'Has a payment name the saved method that was used; null for one that is not saved, or not known yet.';
create trigger t300_link_method before insert or update of provider_payment_method_id on public.billing_payments
  for each row when (new.provider_payment_method_id is not null) execute function private.billing_payments_link_method();

-- Definer: writers of methods hold no grant on payments.
create function private.billing_payment_methods_link_payments()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.billing_payments as payments set payment_method_id = new.id
  where payments.provider = new.provider and payments.provider_payment_method_id = new.provider_method_id
    and payments.organization_id = new.organization_id;
  return null;
end;
$$;
comment on function private.billing_payment_methods_link_payments() is
  'Has payments that were heard of before their saved method name it.';
create trigger t500_link_payments after insert on public.billing_payment_methods
  for each row execute function private.billing_payment_methods_link_payments();

create function private.billing_refunds_guard()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  if (old.organization_id, old.payment_id, old.currency, old.amount_cents) is distinct from
    (new.organization_id, new.payment_id, new.currency, new.amount_cents)
    or old.provider_refund_id is not null and old.provider_refund_id is distinct from new.provider_refund_id then
    raise exception 'What a refund is of, and how much, never changes'
      using errcode = 'check_violation', constraint = 'billing_refunds_identity_never_changes';
  end if;
  if old.status is distinct from new.status and (
    old.status = 'succeeded' and new.status <> 'failed' or old.status in ('failed', 'cancelled')
  ) then
    raise exception 'A refund that is % does not become %', old.status, new.status
      using errcode = 'check_violation', constraint = 'billing_refunds_end_is_final';
  end if;
  return new;
end;
$$;
comment on function private.billing_refunds_guard() is
  'Keeps what a refund is of. One that succeeded may still come back; one that failed or was cancelled is over.';
create trigger t300_guard before update on public.billing_refunds
  for each row execute function private.billing_refunds_guard();

-- Definer: reads and locks what the writer may not see.
create function private.billing_refunds_check_sum()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_payment public.billing_payments;
  v_sum bigint;
begin
  -- Locked: two refunds at once each count the other. Not more than that: both hold the key of the payment by now.
  select * into v_payment from public.billing_payments where billing_payments.id = new.payment_id for no key update;
  if new.currency <> v_payment.currency then
    raise exception 'The refund is in % and the payment in %', new.currency, v_payment.currency
      using errcode = 'check_violation', constraint = 'billing_refunds_currency_of_payment';
  end if;
  select sum(refunds.amount_cents) into v_sum from public.billing_refunds as refunds
  where refunds.payment_id = new.payment_id and refunds.status not in ('failed', 'cancelled');
  if v_sum > v_payment.amount_cents then
    raise exception 'Refunds of % exceed the payment of %', v_sum, v_payment.amount_cents
      using errcode = 'check_violation', constraint = 'billing_refunds_sum_within_payment';
  end if;
  return null;
end;
$$;
comment on function private.billing_refunds_check_sum() is
  'Refuses refunds in another currency, or of more than was paid, those under way included.';
create constraint trigger t300_check_sum after insert or update on public.billing_refunds
  for each row execute function private.billing_refunds_check_sum();

-- Definer: writers of refunds hold no grant on payments.
create function private.billing_refunds_apply()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Locked by t300_check_sum, so that no other refund of the payment is counted meanwhile.
  update public.billing_payments
  set refunded_cents = (
    select coalesce(sum(refunds.amount_cents), 0) from public.billing_refunds as refunds
    where refunds.payment_id = new.payment_id and refunds.status = 'succeeded'
  )
  where billing_payments.id = new.payment_id;
  return null;
end;
$$;
comment on function private.billing_refunds_apply() is 'Has the payment say how much of it went back.';
create trigger t500_apply_new after insert on public.billing_refunds
  for each row when (new.status = 'succeeded') execute function private.billing_refunds_apply();
create trigger t500_apply after update on public.billing_refunds
  for each row when (old.status is distinct from new.status and 'succeeded' in (old.status, new.status))
  execute function private.billing_refunds_apply();

create function private.payment_change_source()
  returns text
  language sql stable set search_path = ''
as $$
  select coalesce(
    nullif(current_setting('atrium.payment_source', true), ''),
    case when private.current_person_id() is null then 'system' else 'person' end
  )
$$;
comment on function private.payment_change_source() is
  'Where a change of a payment is from: what the record_ function was told, else whether a person is calling.';

-- Definer: nobody holds a grant on the log.
create function private.log_payment_change()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row jsonb := to_jsonb(new);
  v_object constant text := tg_argv[0];
  v_tracked constant text[] := tg_argv[1];
  v_changes jsonb;
begin
  v_changes := (
    private.row_audit_entry(
      case when tg_op = 'UPDATE' then to_jsonb(old) end, v_row, v_tracked, '{}', '{id}', 'organization_id'
    )
  ).changes;
  if v_changes is not null then
    insert into public.billing_payment_events
      (organization_id, payment_id, object, object_id, status, changes, source)
    values (
      new.organization_id, (v_row ->> case v_object when 'payment' then 'id' else 'payment_id' end)::uuid,
      v_object::public.billing_payment_object, new.id, v_row ->> 'status', v_changes, private.payment_change_source()
    );
  end if;
  return null;
end;
$$;
comment on function private.log_payment_change() is
  'Writes a change of a payment, refund or dispute into the log of payments.';
create trigger t500_log after insert or update on public.billing_payments
  for each row execute function private.log_payment_change(
    'payment',
    '{purpose, purpose_id, method, status, currency, amount_cents, refunded_cents, fee_cents, failure_code, payment_method_id}'
  );
create trigger t500_log after insert or update on public.billing_refunds
  for each row execute function private.log_payment_change(
    'refund', '{provider_refund_id, status, currency, amount_cents, reason, failure_code}'
  );
create trigger t500_log after insert or update on public.billing_disputes
  for each row execute function private.log_payment_change(
    'dispute', '{status, reason, currency, amount_cents, evidence_due_at, closed_at}'
  );

-- The rows of a purged organization go with it, as those of the other ledger.
create trigger t300_refuse_change before update or delete on public.billing_payment_events
  for each row execute function private.credit_entries_refuse_change();
select private.refuse_truncate('public.billing_payment_events');

create function private.payment_event(payment public.billing_payments)
  returns jsonb
  language sql immutable set search_path = ''
as $$
  select jsonb_build_object(
    'payment_id', (payment).id, 'provider', (payment).provider, 'purpose', (payment).purpose,
    'purpose_id', (payment).purpose_id, 'method', (payment).method, 'status', (payment).status,
    'currency', (payment).currency, 'amount_cents', (payment).amount_cents,
    'refunded_cents', (payment).refunded_cents, 'failure_code', (payment).failure_code
  )
$$;
comment on function private.payment_event(public.billing_payments) is 'What the topics of payments tell of one.';

-- Definer: emits for whoever made the change.
create function private.billing_payments_emit()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.emit_event('payment.' || new.status::text, new.organization_id, private.payment_event(new));
  return null;
end;
$$;
comment on function private.billing_payments_emit() is 'Emits payment.succeeded, payment.failed or payment.reversed.';
create trigger t900_emit_new after insert on public.billing_payments
  for each row when (new.status in ('succeeded', 'failed')) execute function private.billing_payments_emit();
create trigger t900_emit after update on public.billing_payments
  for each row when (old.status is distinct from new.status and new.status in ('succeeded', 'failed', 'reversed'))
  execute function private.billing_payments_emit();

-- Definer: as private.billing_payments_emit.
create function private.billing_refunds_emit()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_payment public.billing_payments;
begin
  select * into v_payment from public.billing_payments where billing_payments.id = new.payment_id;
  perform private.emit_event(
    case new.status when 'failed' then 'payment.refund_failed' else 'payment.refunded' end, new.organization_id,
    private.payment_event(v_payment) || jsonb_build_object(
      'refund_id', new.id, 'refund_cents', new.amount_cents, 'reason', new.reason
    )
  );
  return null;
end;
$$;
comment on function private.billing_refunds_emit() is 'Emits payment.refunded or payment.refund_failed.';
create trigger t900_emit_new after insert on public.billing_refunds
  for each row when (new.status = 'succeeded') execute function private.billing_refunds_emit();
create trigger t900_emit after update on public.billing_refunds
  for each row when (old.status is distinct from new.status and new.status in ('succeeded', 'failed'))
  execute function private.billing_refunds_emit();

-- Definer: as private.billing_payments_emit.
create function private.billing_disputes_emit()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_payment public.billing_payments;
begin
  select * into v_payment from public.billing_payments where billing_payments.id = new.payment_id;
  perform private.emit_event(
    case when new.closed_at is null then 'payment.disputed' else 'payment.dispute_closed' end, new.organization_id,
    private.payment_event(v_payment) || jsonb_build_object(
      'dispute_id', new.id, 'disputed_cents', new.amount_cents, 'dispute_status', new.status,
      'evidence_due_at', new.evidence_due_at
    )
  );
  return null;
end;
$$;
comment on function private.billing_disputes_emit() is 'Emits payment.disputed or payment.dispute_closed.';
create trigger t900_emit_new after insert on public.billing_disputes
  for each row execute function private.billing_disputes_emit();
create trigger t900_emit after update on public.billing_disputes
  for each row when (old.closed_at is null and new.closed_at is not null)
  execute function private.billing_disputes_emit();

select private.audit_table(
  'public.billing_customers', '{provider, provider_customer_id, email, name, deleted_at}', masked := '{email, name}'
);
select private.audit_table(
  'public.billing_payment_methods', '{provider, kind, brand, last4, is_default, removed_at}', masked := '{last4}'
);
select private.audit_table(
  'public.billing_payments',
  '{provider, provider_payment_id, purpose, purpose_id, method, status, currency, amount_cents, refunded_cents, failure_code}'
);
select private.audit_table(
  'public.billing_refunds', '{payment_id, provider_refund_id, status, currency, amount_cents, reason, requested_by}'
);
select private.audit_table(
  'public.billing_disputes', '{payment_id, provider_dispute_id, status, reason, currency, amount_cents, closed_at}'
);
