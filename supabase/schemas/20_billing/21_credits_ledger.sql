create table public.credit_entries (
  id bigint generated always as identity primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  wallet_id uuid not null,
  kind public.credit_entry_kind not null,
  account public.credit_account not null,
  credit_count bigint not null,
  balance_count bigint not null,
  reservation_id uuid,
  reference text,
  created_at timestamptz not null default now(),
  constraint credit_entries_credit_count_is_not_zero check (credit_count <> 0),
  constraint credit_entries_balance_is_not_negative check (balance_count >= 0),
  constraint credit_entries_sign_and_account_follow_kind check (
    case kind
      when 'grant' then account = 'granted' and credit_count > 0
      when 'purchase' then account = 'sold' and credit_count > 0
      when 'spend' then account = 'consumed' and credit_count < 0
      when 'refund' then account = 'consumed' and credit_count > 0
      when 'expiry' then account = 'expired' and credit_count < 0
      -- Positive where credits come back, because the refund they went with failed.
      when 'clawback' then account = 'clawed_back'
    end
  ),
  constraint credit_entries_use_has_reservation check (kind not in ('spend', 'refund') or reservation_id is not null),
  constraint credit_entries_reference_has_length check (char_length(reference) between 1 and 200),
  constraint credit_entries_wallet_in_same_organization
    foreign key (organization_id, wallet_id) references public.credit_wallets (organization_id, id) on delete cascade,
  constraint credit_entries_reservation_in_same_organization
    foreign key (organization_id, reservation_id)
    references public.credit_reservations (organization_id, id) on delete cascade
);
create index credit_entries_organization_id_created_at_idx on public.credit_entries (organization_id, created_at desc);
create index credit_entries_wallet_id_id_idx on public.credit_entries (wallet_id, id desc);
create index credit_entries_organization_id_wallet_id_idx on public.credit_entries (organization_id, wallet_id);
create index credit_entries_organization_id_reservation_id_idx
  on public.credit_entries (organization_id, reservation_id);
-- What a payment or a promotion is for happens once.
create unique index credit_entries_reference_idx on public.credit_entries (organization_id, kind, reference)
  where reference is not null and kind in ('grant', 'purchase');
alter table public.credit_entries enable row level security;
revoke all on public.credit_entries from anon, authenticated, service_role;
-- Written by the backend alone, through functions.
grant select on public.credit_entries to authenticated, service_role;
create policy credit_entries_select_member on public.credit_entries
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('credits.read'))));
comment on table public.credit_entries is $$The ledger of credits: each row moves credits between a wallet and an account.

Append-only. The running balance of the newest entry of a wallet is the wallet's balance at every commit.$$;
comment on column public.credit_entries.id is 'Order of the entries.';
comment on column public.credit_entries.organization_id is 'Whose credits.';
comment on column public.credit_entries.wallet_id is 'The wallet.';
comment on column public.credit_entries.kind is 'Why they moved.';
comment on column public.credit_entries.account is 'The other side.';
comment on column public.credit_entries.credit_count is 'Credits into the wallet; negative out of it.';
comment on column public.credit_entries.balance_count is 'Credits in the wallet after it.';
comment on column public.credit_entries.reservation_id is 'What they were spent on; null for other entries.';
comment on column public.credit_entries.reference is 'What a grant or purchase is for, once each; null for daily ones.';
comment on column public.credit_entries.created_at is 'When it was written.';

-- Definer: looks for the organization past its policies.
create function private.credit_entries_refuse_change()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- The rows of a purged organization go with it; the law's copies are made before.
  if tg_op = 'DELETE' and not exists (select from public.organizations where organizations.id = old.organization_id) then
    return old;
  end if;
  raise exception 'Cannot % %: it is append-only', lower(tg_op), tg_table_name
    using errcode = 'insufficient_privilege', hint = 'What was written stays; add a row that corrects it.';
end;
$$;
comment on function private.credit_entries_refuse_change() is 'Keeps the ledger as it was written, for every role.';
create trigger t300_refuse_change before update or delete on public.credit_entries
  for each row execute function private.credit_entries_refuse_change();
select private.refuse_truncate('public.credit_entries');

-- Definer: checks rows that the writer may not see.
create function private.credit_entries_check_balance()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_before bigint := coalesce(
    (
      select entries.balance_count from public.credit_entries as entries
      where entries.wallet_id = new.wallet_id and entries.id < new.id order by entries.id desc limit 1
    ),
    0
  );
begin
  -- One that went meanwhile, with its organization, has nothing to follow from.
  if v_before + new.credit_count <> new.balance_count
    and exists (select from public.credit_entries where credit_entries.id = new.id) then
    raise exception 'Ledger of wallet % is off: % and % are not %', new.wallet_id, v_before, new.credit_count,
      new.balance_count
      using errcode = 'check_violation', constraint = 'credit_entries_running_balance';
  end if;
  return null;
end;
$$;
comment on function private.credit_entries_check_balance() is
  'Refuses at commit an entry whose running balance does not follow from the one before.';
create constraint trigger t500_check_balance after insert on public.credit_entries
  deferrable initially deferred for each row execute function private.credit_entries_check_balance();

-- Definer: as private.credit_entries_check_balance.
create function private.credit_wallets_check_balance()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_wallet bigint;
  v_ledger bigint;
begin
  select wallets.balance_count,
    coalesce(
      (
        select entries.balance_count from public.credit_entries as entries
        where entries.wallet_id = wallets.id order by entries.id desc limit 1
      ),
      0
    )
  into v_wallet, v_ledger
  from public.credit_wallets as wallets where wallets.id = new.id;
  -- A wallet that went meanwhile has nothing to agree with.
  if found and v_wallet <> v_ledger then
    raise exception 'Wallet % holds %, its ledger says %', new.id, v_wallet, v_ledger
      using errcode = 'check_violation', constraint = 'credit_wallets_balance_is_in_ledger';
  end if;
  return null;
end;
$$;
comment on function private.credit_wallets_check_balance() is
  'Refuses at commit a balance that the ledger does not account for.';
create constraint trigger t500_check_new_balance after insert on public.credit_wallets
  deferrable initially deferred for each row when (new.balance_count <> 0)
  execute function private.credit_wallets_check_balance();
create constraint trigger t500_check_balance after update of balance_count on public.credit_wallets
  deferrable initially deferred for each row when (old.balance_count is distinct from new.balance_count)
  execute function private.credit_wallets_check_balance();
