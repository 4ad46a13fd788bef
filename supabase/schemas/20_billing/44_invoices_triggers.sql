-- Definer: nobody holds a grant on prefixes.
create function private.billing_sellers_keep_prefix()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' and new.number_prefix is distinct from old.number_prefix then
    insert into private.billing_number_prefixes (number_prefix, seller_id)
    select old.number_prefix, old.id
    where exists (select from private.billing_number_series as series where series.seller_id = old.id)
    on conflict on constraint billing_number_prefixes_pkey do nothing;
  end if;
  if exists (
    select from private.billing_number_prefixes as prefixes
    where prefixes.number_prefix = new.number_prefix and prefixes.seller_id <> new.id
  ) then
    raise exception 'Numbers with prefix "%" are on what another seller issued', new.number_prefix
      using errcode = 'unique_violation', constraint = 'billing_sellers_number_prefix_was_used',
        hint = 'Choose a prefix that no seller had.';
  end if;
  return new;
end;
$$;
comment on function private.billing_sellers_keep_prefix() is
  'Keeps the prefix that a seller gives up from others, where numbers were given under it.';
create trigger t300_keep_prefix before insert or update of number_prefix on public.billing_sellers
  for each row execute function private.billing_sellers_keep_prefix();

create trigger t100_set_updated_at before update on public.billing_invoices
  for each row execute function private.set_updated_at();

-- Definer: looks for the organization past its policies.
create function private.billing_invoices_guard()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- What tells how an issued invoice is paid. Everything else stays, a later column included.
  v_open constant text[] := '{status, paid_cents, credited_cents, open_cents, paid_at, voided_at, void_reason, due_soon_at,
    reminder_count, reminded_at, updated_at}';
begin
  if tg_op = 'DELETE' then
    -- The rows of a purged organization go with it; the law's copies are made before.
    if old.status = 'draft' or not exists (select from public.organizations where organizations.id = old.organization_id) then
      return old;
    end if;
    raise exception 'Cannot delete invoice %: it is %', coalesce(old.number, old.id::text), old.status
      using errcode = 'check_violation', constraint = 'billing_invoices_issued_stay', hint = 'Make it void.';
  end if;
  if (old.id, old.organization_id, old.provider, old.provider_invoice_id) is distinct from
    (new.id, new.organization_id, new.provider, new.provider_invoice_id) then
    raise exception 'Whose an invoice is never changes'
      using errcode = 'check_violation', constraint = 'billing_invoices_identity_never_changes';
  end if;
  if new.status is distinct from old.status and not (
    case old.status
      when 'draft' then true
      when 'issued' then new.status in ('paid', 'overdue', 'void')
      when 'overdue' then new.status in ('paid', 'void') or old.provider <> 'own'
      -- A payment that went back opens it again.
      when 'paid' then old.provider = 'own' and new.status in ('issued', 'overdue')
      when 'void' then false
    end
  ) then
    raise exception 'Invoice % is % and cannot become %', coalesce(old.number, old.id::text), old.status, new.status
      using errcode = 'check_violation', constraint = 'billing_invoices_status_follows_its_course';
  end if;
  if old.provider = 'own' and old.status <> 'draft' and to_jsonb(old) - v_open <> to_jsonb(new) - v_open then
    raise exception 'Invoice % is issued and never changes', coalesce(old.number, old.id::text)
      using errcode = 'check_violation', constraint = 'billing_invoices_issued_never_change',
        hint = 'Correct it by a credit note, or make it void and issue another.';
  end if;
  return new;
end;
$$;
comment on function private.billing_invoices_guard() is $$Keeps own invoices as they were issued, and every invoice on its course, whoever writes.

draft to any; issued to paid, overdue or void; overdue to paid or void; paid back to issued or overdue when its payment
went back; void stays.$$;
create trigger t300_guard before update or delete on public.billing_invoices
  for each row execute function private.billing_invoices_guard();
select private.refuse_truncate('public.billing_invoices');

-- Definer: as private.billing_invoices_guard.
create function private.billing_invoice_lines_guard()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if exists (
    select from public.billing_invoices as invoices
    where invoices.id in (old.invoice_id, new.invoice_id) and invoices.provider = 'own' and invoices.status <> 'draft'
    -- So that no line comes to an invoice that is being issued.
    for share
  ) then
    raise exception 'Lines of an invoice that is issued never change'
      using errcode = 'check_violation', constraint = 'billing_invoice_lines_issued_never_change',
        hint = 'Correct the invoice by a credit note, or make it void and issue another.';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end;
$$;
comment on function private.billing_invoice_lines_guard() is 'Keeps the lines of own invoices as they were issued, whoever writes.';
create trigger t300_guard before insert or update or delete on public.billing_invoice_lines
  for each row execute function private.billing_invoice_lines_guard();
select private.refuse_truncate('public.billing_invoice_lines');

create function private.check_invoice_sum(invoice_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  if exists (
    select from public.billing_invoices as invoices
    where invoices.id = check_invoice_sum.invoice_id and invoices.provider = 'own'
      and invoices.subtotal_cents <> (
        select coalesce(sum(lines.amount_cents), 0) from public.billing_invoice_lines as lines
        where lines.invoice_id = invoices.id
      )
  ) then
    raise exception 'The lines of invoice % do not add up to its subtotal', check_invoice_sum.invoice_id
      using errcode = 'check_violation', constraint = 'billing_invoices_subtotal_is_sum_of_lines';
  end if;
end;
$$;
comment on function private.check_invoice_sum(uuid) is 'Refuses an own invoice whose subtotal is not the sum of its lines.';

-- Definer: checks rows that the writer may not see.
create function private.billing_invoices_check_sum()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.check_invoice_sum(new.id);
  return null;
end;
$$;
comment on function private.billing_invoices_check_sum() is 'At commit the subtotal of an own invoice is the sum of its lines.';
create constraint trigger t300_check_sum after insert or update of subtotal_cents on public.billing_invoices
  deferrable initially deferred for each row when (new.provider = 'own')
  execute function private.billing_invoices_check_sum();

-- Definer: as private.billing_invoices_check_sum.
create function private.billing_invoice_lines_check_sum()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.check_invoice_sum(coalesce(new.invoice_id, old.invoice_id));
  return null;
end;
$$;
comment on function private.billing_invoice_lines_check_sum() is 'As private.billing_invoices_check_sum, from the lines.';
create constraint trigger t300_check_sum after insert or update or delete on public.billing_invoice_lines
  deferrable initially deferred for each row execute function private.billing_invoice_lines_check_sum();

-- In plpgsql, so that its plan is kept: a run of the job calls it for each invoice.
create function private.invoice_event(invoice public.billing_invoices)
  returns jsonb
  language plpgsql stable set search_path = ''
as $$
begin
  return jsonb_build_object(
    'invoice_id', invoice.id, 'provider', invoice.provider, 'number', invoice.number, 'status', invoice.status,
    'subscription_id', invoice.subscription_id, 'currency', invoice.currency, 'total_cents', invoice.total_cents,
    'open_cents', invoice.open_cents, 'due_at', invoice.due_at, 'hosted_url', invoice.hosted_url
  );
end;
$$;
comment on function private.invoice_event(public.billing_invoices) is 'What topics tell of an invoice.';

-- Definer: emits for whoever made the change.
create function private.billing_invoices_emit()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_before public.billing_invoice_status := case when tg_op = 'UPDATE' then old.status else 'draft' end;
  v_topic text;
begin
  if v_before = new.status then
    return null;
  end if;
  -- A provider's invoice may be paid before we first hear of it: that it was issued is told all the same.
  if v_before = 'draft' and new.status <> 'void' then
    perform private.emit_event(
      'invoice.issued', new.organization_id, private.invoice_event(new), 'invoice.issued:' || new.id
    );
  end if;
  v_topic := case new.status when 'paid' then 'invoice.paid' when 'overdue' then 'invoice.overdue' when 'void' then 'invoice.voided' end;
  if v_topic is not null then
    -- One that was opened again can be paid again: each time is told.
    perform private.emit_event(v_topic, new.organization_id, private.invoice_event(new));
  end if;
  return null;
end;
$$;
comment on function private.billing_invoices_emit() is 'Emits invoice.issued, .paid, .overdue and .voided.';
create trigger t900_emit_new after insert on public.billing_invoices
  for each row when (new.status <> 'draft') execute function private.billing_invoices_emit();
create trigger t900_emit after update on public.billing_invoices
  for each row when (old.status is distinct from new.status) execute function private.billing_invoices_emit();

select private.audit_table(
  'public.billing_invoices',
  '{provider, number, status, currency, subtotal_cents, credit_cents, tax_cents, total_cents, paid_cents, credited_cents, due_at, void_reason}'
);
select private.audit_table(
  'public.billing_sellers',
  '{key, serves_country, serves_product, number_prefix, legal_name, line1, line2, city, postal_code, region, country, tax_number, email, payment_instructions, time_zone, retired_at}',
  organization_column := null
);
-- What it says of a person stays out of the log; that it was changed, and by whom, does not.
select private.audit_table(
  'public.billing_profiles', '{legal_name, line1, line2, city, postal_code, region, country, tax_number, billing_email}',
  '{line1, line2, city, postal_code, tax_number, billing_email}'
);
select private.retain_table('public.billing_invoices', '10 years', 'Accounting and tax law: invoices');
select private.retain_table('public.billing_invoice_lines', '10 years', 'Accounting and tax law: lines of invoices');
