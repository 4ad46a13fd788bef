create function private.settle_subscriptions(organization_id uuid, product public.billing_product)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_counts uuid;
begin
  select subscriptions.id into v_counts from public.billing_subscriptions as subscriptions
  where subscriptions.organization_id = settle_subscriptions.organization_id
    and subscriptions.product = settle_subscriptions.product
    and subscriptions.ended_at is null and subscriptions.status <> 'incomplete'
  order by
    subscriptions.status in ('trialing', 'active', 'past_due') and subscriptions.paused_at is null desc,
    subscriptions.started_at desc, coalesce(subscriptions.provider_subscription_id, '') desc
  limit 1;
  -- First the others: only one may count.
  update public.billing_subscriptions as subscriptions set access = 'none'
  where subscriptions.organization_id = settle_subscriptions.organization_id
    and subscriptions.product = settle_subscriptions.product
    and subscriptions.ended_at is null and subscriptions.access <> 'none' and subscriptions.id is distinct from v_counts;
  update public.billing_subscriptions as subscriptions
  set access = greatest(
    case
      when subscriptions.overdue_at is null then 'full'
      when subscriptions.status = 'unpaid' then 'blocked'
      else 'reminded'
    end::public.billing_access,
    private.own_debt_access(subscriptions.own_overdue_at)
  )
  where subscriptions.id = v_counts and (
    subscriptions.access = 'none'
    or subscriptions.access = 'full' and coalesce(subscriptions.overdue_at, subscriptions.own_overdue_at) is not null
    or subscriptions.access in ('reminded', 'noticed') and subscriptions.status = 'unpaid'
  );
end;
$$;
comment on function private.settle_subscriptions(uuid, public.billing_product) is
  $$Decides which live subscription of a product line counts, and gives it access: the others give none.

The newest of those that are paid for, in trial or past due; without one the newest that is paused or unpaid. An
incomplete one never does. How long a payment is overdue is looked at by private.advance_overdue.$$;

-- Definer: writers of subscriptions hold no grant on the others.
create function private.billing_subscriptions_settle()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.settle_subscriptions(new.organization_id, new.product);
  return null;
end;
$$;
comment on function private.billing_subscriptions_settle() is
  'Has another live subscription of the product line count once the one that did has ended.';
create trigger t500_settle after update on public.billing_subscriptions
  for each row when (old.access <> 'ended' and new.access = 'ended')
  execute function private.billing_subscriptions_settle();
