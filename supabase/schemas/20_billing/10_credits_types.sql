create type public.credit_wallet_kind as enum ('daily', 'promotional', 'initial', 'purchased');
comment on type public.credit_wallet_kind is $$Where the credits of a wallet come from.

Wallets are drained in this order unless their priority says otherwise: the day's grant, which expires at the next 00:00
UTC; promotions; the grant at sign-up; what was bought, which never expires.$$;

create type public.credit_account as enum ('granted', 'sold', 'consumed', 'expired', 'clawed_back');
comment on type public.credit_account is $$The other side of a ledger entry: where credits come from or go to.

Each entry moves credits between a wallet and one of these, so that the ledger always balances.$$;

create type public.credit_entry_kind as enum ('grant', 'purchase', 'spend', 'refund', 'expiry', 'clawback');
comment on type public.credit_entry_kind is 'Why credits moved.';

create type public.credit_reservation_state as enum ('held', 'settled', 'released', 'expired');
comment on type public.credit_reservation_state is $$Where a reservation stands.

held: set aside; settled: spent, wholly or in part; released: given back by who held it; expired: given back because it
was forgotten.$$;
