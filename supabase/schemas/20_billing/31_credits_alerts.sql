create function private.tell_credit_use(organization_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_daily public.credit_wallets;
  v_granted bigint;
  v_percent int;
  v_told int;
  v_free bigint;
begin
  select * into v_daily from public.credit_wallets
  where credit_wallets.organization_id = tell_credit_use.organization_id and credit_wallets.kind = 'daily';
  -- What the day began with: the newest grant, not what the plan says now.
  select entries.credit_count into v_granted from public.credit_entries as entries
  where entries.wallet_id = v_daily.id and entries.kind = 'grant' order by entries.id desc limit 1;
  v_percent := private.alert_threshold(v_granted - v_daily.balance_count, v_granted);
  select credit_accounts.threshold_percent into v_told from private.credit_accounts
  where credit_accounts.organization_id = tell_credit_use.organization_id;
  if v_percent <= v_told then
    return;
  end if;
  update private.credit_accounts set threshold_percent = v_percent
  where credit_accounts.organization_id = tell_credit_use.organization_id;
  v_free := private.available_credit_count(tell_credit_use.organization_id);
  perform private.emit_event(
    'credits.used', tell_credit_use.organization_id,
    jsonb_build_object(
      'percent', v_percent, 'granted_on', v_daily.granted_on, 'left_count', v_free,
      'is_low', v_free < private.setting_integer('credits.low_count', tell_credit_use.organization_id)
    ),
    'credits.used:' || tell_credit_use.organization_id || ':' || v_daily.granted_on || ':' || v_percent
  );
end;
$$;
comment on function private.tell_credit_use(uuid) is $$Emits credits.used when 80, 90 or 100 % of the day's credits are used, each once a day.

The event has percent, granted_on, left_count over all wallets, and is_low when fewer are left than setting
credits.low_count.$$;
