-- First offers, which operators change. Ids are made from what they name, so that every installation has the same rows.
insert into public.credit_packs (id, credit_count)
select private.stable_uuid(concat_ws(' ', 'credit_packs', given.credit_count)), given.credit_count
from (values (100), (500), (2000)) as given (credit_count);

insert into public.credit_pack_prices (pack_id, currency, price_cents)
select credit_packs.id, 'USD', given.price_cents
from (values (100, 500), (500, 2000), (2000, 6000)) as given (credit_count, price_cents)
join public.credit_packs on credit_packs.credit_count = given.credit_count;

select private.audit_table('public.credit_packs', '{credit_count, retired_at}', organization_column := null);
select private.audit_table('public.credit_pack_prices', '{price_cents}', organization_column := null);
select private.audit_table('public.credit_purchases', '{pack_id, status, clawed_back_count, owed_count}');
select private.register_personal_data('public.credit_purchases', 'created_by', 'keep');
