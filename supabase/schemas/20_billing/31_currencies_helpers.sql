create function private.currency_minor_digits(currency text)
  returns int
  language sql immutable set search_path = ''
as $$
  -- ISO 4217; all others have two.
  select case
    when currency_minor_digits.currency in (
      'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'
    ) then 0
    when currency_minor_digits.currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
    when currency_minor_digits.currency in ('CLF', 'UYW') then 4
    else 2
  end
$$;
comment on function private.currency_minor_digits(text) is $$How many decimals a currency's minor unit has: 2 for USD, 0 for JPY, 3 for KWD.

Amounts in *_cents columns are whole minor units; divide by ten to this power to show them.$$;
grant execute on function private.currency_minor_digits(text) to authenticated, service_role;

create function private.takes_currency(provider text, currency text)
  returns boolean
  language sql immutable set search_path = ''
as $$
  -- Stripe counts these in another minor unit than ISO 4217: a hundredth, or a hundred times, would be collected.
  select not (takes_currency.provider = 'stripe' and takes_currency.currency in ('ISK', 'MGA', 'UGX'))
$$;
comment on function private.takes_currency(text, text) is
  'Whether amounts in a currency mean the same to a payment provider as here; nothing is sold there in another one.';
grant execute on function private.takes_currency(text, text) to service_role;
