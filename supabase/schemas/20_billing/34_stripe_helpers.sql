-- What the functions below say by an error, which undoes what they did so far; private.mirror_stripe answers with it.
create function private.stripe_needs(needed text[], reason text)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  raise exception using errcode = 'STN01', message = to_json(stripe_needs.needed)::text, detail = stripe_needs.reason;
end;
$$;
comment on function private.stripe_needs(text[], text) is
  $$Ends the mirroring of an object because others must be mirrored first.

needed are "kind:id" of them. reason says why nothing can be done when the same are needed again.$$;

create function private.refuse_stripe(reason text)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  raise exception using errcode = 'STR01', message = refuse_stripe.reason;
end;
$$;
comment on function private.refuse_stripe(text) is 
  'Ends the mirroring of an object that is none of ours, with the reason; an empty one when there is nothing to tell.';

create function private.stripe_time(seconds text)
  returns timestamptz
  language sql immutable set search_path = ''
as $$
  select to_timestamp(stripe_time.seconds::bigint)
$$;
comment on function private.stripe_time(text) is 'A time as Stripe writes it, seconds since 1970; null for null.';

create function private.stripe_organization(customer_id text, candidates jsonb)
  returns uuid
  language plpgsql volatile set search_path = ''
as $$
declare
  v_organization_id uuid;
  v_other text;
begin
  if stripe_organization.customer_id is not null then
    select customers.organization_id into v_organization_id from public.billing_customers as customers
    where customers.provider = 'stripe' and customers.provider_customer_id = stripe_organization.customer_id;
    if found then
      return v_organization_id;
    end if;
  end if;
  select organizations.id into v_organization_id
  from jsonb_array_elements_text(coalesce(stripe_organization.candidates, '[]')) with ordinality as given (id, place)
  join public.organizations on organizations.id::text = lower(given.id)
  order by given.place limit 1;
  if v_organization_id is null and stripe_organization.customer_id is null then
    perform private.refuse_stripe('organization_unknown');
  end if;
  if v_organization_id is null then
    perform private.stripe_needs(array['customer:' || stripe_organization.customer_id], 'organization_unknown');
  end if;
  if stripe_organization.customer_id is null then
    return v_organization_id;
  end if;
  perform private.lock_billing(v_organization_id);
  -- What an object says of itself is no proof: who has a customer keeps it.
  insert into public.billing_customers (organization_id, provider, provider_customer_id)
  values (v_organization_id, 'stripe', stripe_organization.customer_id)
  on conflict do nothing;
  if not found then
    select customers.provider_customer_id into v_other from public.billing_customers as customers
    where customers.provider = 'stripe' and customers.organization_id = v_organization_id and customers.deleted_at is null
      and customers.provider_customer_id <> stripe_organization.customer_id;
    -- It may be deleted by now, which we have not heard of.
    perform private.stripe_needs(array['customer:' || v_other], 'organization_has_another_customer')
    where v_other is not null;
  end if;
  return v_organization_id;
end;
$$;
comment on function private.stripe_organization(text, jsonb) is
  $$Whose a Stripe customer is: by the customers that are known, else the first of the candidates that exists.

The candidates are organization ids from metadata and client_reference_id, best first. A new customer is kept, so that any
event may be the first. An organization that has another live customer keeps that one.$$;

create function private.tell_stripe_unresolved(reason text, object_key text, organization_id uuid default null)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.emit_event(
    'billing.unresolved', tell_stripe_unresolved.organization_id,
    jsonb_build_object(
      'provider', 'stripe', 'reason', tell_stripe_unresolved.reason, 'object_key', tell_stripe_unresolved.object_key
    ),
    concat_ws(':', 'billing.unresolved', tell_stripe_unresolved.reason, tell_stripe_unresolved.object_key)
  );
end;
$$;
comment on function private.tell_stripe_unresolved(text, text, uuid) is
  'Emits billing.unresolved, once for each reason and object: something at Stripe that an operator has to look at.';
insert into private.alert_rules (key, metric, subject, threshold, window_length, severity, summary) values
  ('billing_unresolved', 'event_count', 'billing.unresolved', 0, '5 minutes', 'warning',
    'Events of payment providers that nothing could be done with')
on conflict (key) do nothing;
select private.subscribe('billing.unresolved', 'alert.count_event');
