create function private.has_ended_in_stripe(kind text, id text)
  returns boolean
  language sql stable set search_path = ''
as $$
  select case has_ended_in_stripe.kind
    when 'customer' then exists (
      select from public.billing_customers as customers
      where customers.provider = 'stripe' and customers.provider_customer_id = has_ended_in_stripe.id
        and customers.deleted_at is not null
    )
    when 'subscription' then exists (
      select from public.billing_subscriptions as subscriptions
      where subscriptions.provider = 'stripe' and subscriptions.provider_subscription_id = has_ended_in_stripe.id
        and subscriptions.ended_at is not null
    )
    when 'payment_method' then exists (
      select from public.billing_payment_methods as methods
      where methods.provider = 'stripe' and methods.provider_method_id = has_ended_in_stripe.id
        and methods.removed_at is not null
    )
    else false
  end
$$;
comment on function private.has_ended_in_stripe(text, text) is
  'Whether an object is known as deleted or ended, after which nothing revives it.';

create function private.stripe_object_organization(kind text, state jsonb)
  returns uuid
  language plpgsql volatile set search_path = ''
as $$
declare
  v_organization_id uuid;
begin
  if stripe_object_organization.kind in ('refund', 'dispute') then
    return private.stripe_payment(stripe_object_organization.state ->> 'payment_intent');
  end if;
  if stripe_object_organization.kind = 'invoice_payment' then
    select invoices.organization_id into v_organization_id from public.billing_invoices as invoices
    where invoices.provider = 'stripe'
      and invoices.provider_invoice_id = stripe_object_organization.state ->> 'invoice';
    if not found then
      perform private.stripe_needs(
        array['invoice:' || (stripe_object_organization.state ->> 'invoice')], 'invoice_unknown'
      );
    end if;
    return v_organization_id;
  end if;
  if stripe_object_organization.kind = 'payment_method' and stripe_object_organization.state ->> 'customer' is null then
    select methods.organization_id into v_organization_id from public.billing_payment_methods as methods
    where methods.provider = 'stripe' and methods.provider_method_id = stripe_object_organization.state ->> 'id';
    -- Nobody's: it was used once, or removed before we heard of it.
    perform private.refuse_stripe('') where v_organization_id is null;
    return v_organization_id;
  end if;
  return private.stripe_organization(
    stripe_object_organization.state ->> 'customer', stripe_object_organization.state -> 'candidates'
  );
end;
$$;
comment on function private.stripe_object_organization(text, jsonb) is
  'Whose an object of Stripe is: by its customer, or by the object that it belongs to.';

-- Definer: workers change billing through this alone.
create function private.mirror_stripe(kind text, state jsonb, occurred_at timestamptz, ticket bigint)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id constant text := mirror_stripe.state ->> 'id';
  v_key constant text := mirror_stripe.kind || ':' || v_id;
  v_organization_id uuid;
  v_occurred_at timestamptz := mirror_stripe.occurred_at;
  v_verdict private.provider_state_verdict;
  v_wants text[] := '{}';
  v_message text;
  v_reason text;
begin
  if v_occurred_at is null then
    -- Fetched without an event: as new as what is known.
    select objects.last_occurred_at into v_occurred_at from private.webhook_objects as objects
    where objects.provider = 'stripe' and objects.object_key = v_key;
    v_occurred_at := coalesce(v_occurred_at, private.stripe_time(mirror_stripe.state ->> 'created'), now());
  end if;
  v_organization_id := case mirror_stripe.kind
    when 'customer' then private.stripe_customer_organization(mirror_stripe.state)
    else private.stripe_object_organization(mirror_stripe.kind, mirror_stripe.state)
  end;
  -- All of an organization in one order: which subscription counts depends on all of them.
  perform private.lock_billing(v_organization_id);
  -- When it ended or was paused is told by one event only, which may be late.
  if mirror_stripe.kind <> 'customer' and mirror_stripe.state ? 'marked' then
    perform private.mark_stripe_time(mirror_stripe.kind, v_id, private.stripe_time(mirror_stripe.state ->> 'marked'));
  end if;
  if mirror_stripe.kind = 'subscription' and mirror_stripe.state ? 'told' then
    perform private.note_stripe_plan(mirror_stripe.state, v_organization_id);
  end if;
  -- What ended stays so, whatever else is told of it.
  if private.has_ended_in_stripe(mirror_stripe.kind, v_id)
    and not coalesce((mirror_stripe.state ->> 'is_end')::boolean, false) then
    return jsonb_build_object('outcome', 'stale');
  end if;
  v_verdict := private.take_provider_state(
    'stripe', v_key, v_occurred_at, md5((mirror_stripe.state - '{marked, told}'::text[])::text), mirror_stripe.ticket
  );
  if v_verdict.outcome in ('stale', 'tied')
    and not (mirror_stripe.kind = 'customer' and mirror_stripe.state ? 'marked') then
    return jsonb_build_object('outcome', v_verdict.outcome, 'ticket', v_verdict.ticket, 'occurred_at', v_occurred_at);
  end if;
  if v_verdict.outcome = 'same' and mirror_stripe.kind in ('customer', 'invoice') and not mirror_stripe.state ? 'marked' then
    return jsonb_build_object('outcome', 'applied');
  end if;
  case mirror_stripe.kind
    when 'customer' then perform private.mirror_stripe_customer(mirror_stripe.state, v_occurred_at);
    when 'subscription' then
      v_wants := private.mirror_stripe_subscription(mirror_stripe.state, v_organization_id, v_occurred_at);
    when 'invoice' then perform private.mirror_stripe_invoice(mirror_stripe.state, v_organization_id, v_occurred_at);
    when 'invoice_payment' then perform private.mirror_stripe_invoice_payment(mirror_stripe.state);
    when 'payment_intent' then
      v_wants := private.mirror_stripe_payment(mirror_stripe.state, v_organization_id, v_occurred_at);
    when 'charge' then v_wants := private.mirror_stripe_charge(mirror_stripe.state);
    when 'refund' then perform private.mirror_stripe_refund(mirror_stripe.state, v_occurred_at);
    when 'dispute' then perform private.mirror_stripe_dispute(mirror_stripe.state, v_occurred_at);
    when 'payment_method' then
      perform private.mirror_stripe_method(mirror_stripe.state, v_organization_id, v_occurred_at);
    when 'checkout_session' then v_wants := private.mirror_stripe_session(mirror_stripe.state);
  end case;
  return jsonb_build_object('outcome', 'applied', 'wants', to_jsonb(v_wants));
exception
  when sqlstate 'STN01' then
    get stacked diagnostics v_message = message_text, v_reason = pg_exception_detail;
    return jsonb_build_object('outcome', 'missing', 'needs', v_message::jsonb, 'reason', v_reason);
  when sqlstate 'STR01' then
    get stacked diagnostics v_reason = message_text;
    return case v_reason
      when '' then jsonb_build_object('outcome', 'ignored')
      else jsonb_build_object('outcome', 'refused', 'reason', v_reason)
    end;
end;
$$;
comment on function private.mirror_stripe(text, jsonb, timestamptz, bigint) is 'Body of public.mirror_stripe.';
grant execute on function private.mirror_stripe(text, jsonb, timestamptz, bigint) to service_role;

create function public.mirror_stripe(
  kind text, state jsonb, occurred_at timestamptz default null, ticket bigint default null
)
  returns jsonb
  language sql volatile set search_path = ''
as $$
  select private.mirror_stripe(
    mirror_stripe.kind, mirror_stripe.state, mirror_stripe.occurred_at, mirror_stripe.ticket
  )
$$;
comment on function public.mirror_stripe(text, jsonb, timestamptz, bigint) is
  $$Takes over the state of an object of Stripe. For workers.

state is as _shared/billing/stripe_states.ts makes it, occurred_at the time of the event that brought it, null when it was
fetched without one. Answers {outcome}: applied, with objects to fetch and mirror next in wants; stale, as a newer one is known; tied with ticket and occurred_at, when
another state of the same second is known: fetch it now and come again with both; missing with needs, objects to mirror
first, and the reason to give up when that does not help; refused with the reason, or ignored, when it is none of ours.$$;
grant execute on function public.mirror_stripe(text, jsonb, timestamptz, bigint) to service_role;
