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
    else false
  end
$$;
comment on function private.has_ended_in_stripe(text, text) is
  'Whether an object is known as deleted or ended, after which nothing revives it.';

-- Definer: workers change billing through this alone.
create function private.mirror_stripe(kind text, state jsonb, occurred_at timestamptz, ticket bigint)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_key constant text := mirror_stripe.kind || ':' || (mirror_stripe.state ->> 'id');
  v_organization_id uuid;
  v_occurred_at timestamptz := mirror_stripe.occurred_at;
  v_verdict private.provider_state_verdict;
  v_needs text;
  v_reason text;
begin
  if v_occurred_at is null then
    -- Fetched without an event: as new as what is known.
    select objects.last_occurred_at into v_occurred_at from private.webhook_objects as objects
    where objects.provider = 'stripe' and objects.object_key = v_key;
    v_occurred_at := coalesce(v_occurred_at, private.stripe_time(mirror_stripe.state ->> 'created'));
  end if;
  if mirror_stripe.kind <> 'customer' then
    v_organization_id := private.stripe_organization(
      mirror_stripe.state ->> 'customer', mirror_stripe.state -> 'candidates'
    );
    -- All of an organization in one order: which subscription counts depends on all of them.
    perform from private.credit_accounts where credit_accounts.organization_id = v_organization_id for update;
  end if;
  -- What ended stays so, whatever else is told of it.
  if private.has_ended_in_stripe(mirror_stripe.kind, mirror_stripe.state ->> 'id')
    and not coalesce((mirror_stripe.state ->> 'is_end')::boolean, false) then
    return jsonb_build_object('outcome', 'stale');
  end if;
  v_verdict := private.take_provider_state(
    'stripe', v_key, v_occurred_at, md5(mirror_stripe.state::text), mirror_stripe.ticket
  );
  -- The event of a deletion is the only one that tells its time.
  if v_verdict.outcome in ('stale', 'tied') and not mirror_stripe.state ? 'deleted' then
    return jsonb_build_object('outcome', v_verdict.outcome, 'ticket', v_verdict.ticket, 'occurred_at', v_occurred_at);
  end if;
  case mirror_stripe.kind
    when 'customer' then perform private.mirror_stripe_customer(mirror_stripe.state, v_occurred_at);
    when 'subscription' then
      perform private.mirror_stripe_subscription(mirror_stripe.state, v_organization_id, v_occurred_at);
  end case;
  return jsonb_build_object('outcome', 'applied');
exception
  when sqlstate 'STN01' then
    get stacked diagnostics v_needs = message_text, v_reason = pg_exception_detail;
    return jsonb_build_object('outcome', 'missing', 'needs', v_needs, 'reason', v_reason);
  when sqlstate 'STR01' then
    get stacked diagnostics v_reason = message_text;
    return jsonb_build_object('outcome', 'refused', 'reason', v_reason);
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
fetched without one. Answers {outcome}: applied; stale, as a newer one is known; tied with ticket and occurred_at, when
another state of the same second is known: fetch it now and come again with both; missing with needs, an object to mirror first, and
the reason to give up when that does not help; refused with the reason, when it is none of ours.$$;
grant execute on function public.mirror_stripe(text, jsonb, timestamptz, bigint) to service_role;
