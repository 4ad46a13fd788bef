-- Definer: sellers are changed by operators alone; asks for the admin before anything else.
create function private.save_billing_seller(key text, number_prefix text, legal_name text, details jsonb)
  returns public.billing_sellers
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_unknown text;
  v_given public.billing_sellers;
  v_seller public.billing_sellers;
begin
  perform private.require_platform_admin('save the seller');
  select string_agg(given.name, ', ') into v_unknown
  from jsonb_object_keys(save_billing_seller.details) as given (name)
  where given.name <> all ('{serves_country, serves_product, line1, line2, city, postal_code, region, country, tax_number,
    email, payment_instructions, time_zone}'::text[]);
  if v_unknown is not null then
    perform private.raise_error(422, 'billing_seller_invalid', format('A seller has no %s', v_unknown));
  end if;
  v_given := jsonb_populate_record(null::public.billing_sellers, save_billing_seller.details);
  insert into public.billing_sellers as sellers (
    key, number_prefix, legal_name, serves_country, serves_product, line1, line2, city, postal_code, region, country,
    tax_number, email, payment_instructions, time_zone
  )
  values (
    save_billing_seller.key, save_billing_seller.number_prefix, save_billing_seller.legal_name, v_given.serves_country,
    v_given.serves_product, v_given.line1, v_given.line2, v_given.city, v_given.postal_code, v_given.region,
    v_given.country, v_given.tax_number, v_given.email, v_given.payment_instructions, coalesce(v_given.time_zone, 'UTC')
  )
  on conflict on constraint billing_sellers_key_key do update
    set number_prefix = excluded.number_prefix, legal_name = excluded.legal_name, serves_country = excluded.serves_country,
      serves_product = excluded.serves_product, line1 = excluded.line1, line2 = excluded.line2, city = excluded.city,
      postal_code = excluded.postal_code, region = excluded.region, country = excluded.country,
      tax_number = excluded.tax_number, email = excluded.email, payment_instructions = excluded.payment_instructions,
      time_zone = excluded.time_zone
  returning sellers.* into v_seller;
  return v_seller;
exception
  when invalid_text_representation or check_violation or unique_violation then
    perform private.raise_error(422, 'billing_seller_invalid', format('Cannot save the seller: %s', sqlerrm));
end;
$$;
comment on function private.save_billing_seller(text, text, text, jsonb) is 'Body of public.save_billing_seller.';
grant execute on function private.save_billing_seller(text, text, text, jsonb) to authenticated;

create function public.save_billing_seller(key text, number_prefix text, legal_name text, details jsonb default '{}')
  returns public.billing_sellers
  language sql volatile set search_path = ''
as $$
  select private.save_billing_seller(
    save_billing_seller.key, save_billing_seller.number_prefix, save_billing_seller.legal_name, save_billing_seller.details
  )
$$;
comment on function public.save_billing_seller(text, text, text, jsonb) is $$Makes a seller of own invoices, or changes the one of this key. For platform admins with a second factor; audited.

details are its other columns: serves_country, serves_product, line1, line2, city, postal_code, region, country,
tax_number, email, payment_instructions, time_zone; those left out become empty. Invoices that are issued stay as they
are. Errors: 403, 422 billing_seller_invalid.$$;
grant execute on function public.save_billing_seller(text, text, text, jsonb) to authenticated;

-- Definer: as private.save_billing_seller.
create function private.retire_billing_seller(key text)
  returns public.billing_sellers
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_seller public.billing_sellers;
begin
  perform private.require_platform_admin('retire the seller');
  if retire_billing_seller.key = 'default' then
    perform private.raise_error(422, 'billing_seller_invalid', 'Cannot retire the seller of what no other serves');
  end if;
  update public.billing_sellers as sellers set retired_at = coalesce(sellers.retired_at, now())
  where sellers.key = retire_billing_seller.key
  returning * into v_seller;
  if not found then
    perform private.raise_error(404, 'billing_seller_not_found', 'Cannot retire the seller: there is no such one');
  end if;
  return v_seller;
end;
$$;
comment on function private.retire_billing_seller(text) is 'Body of public.retire_billing_seller.';
grant execute on function private.retire_billing_seller(text) to authenticated;

create function public.retire_billing_seller(key text)
  returns public.billing_sellers
  language sql volatile set search_path = ''
as $$
  select private.retire_billing_seller(retire_billing_seller.key)
$$;
comment on function public.retire_billing_seller(text) is $$Has a seller sell nothing more; its invoices stay. For platform admins with a second factor; audited.

Errors: 403, 404 billing_seller_not_found, 422 billing_seller_invalid for the built-in one.$$;
grant execute on function public.retire_billing_seller(text) to authenticated;

-- Definer: profiles are written by functions alone; checks the permission before anything is read.
create function private.save_billing_profile(organization_id uuid, details jsonb)
  returns public.billing_profiles
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_problem text;
  v_given public.billing_profiles;
  v_profile public.billing_profiles;
begin
  perform private.require_permission(save_billing_profile.organization_id, 'billing.manage', 'save the billing profile');
  perform private.lock_billing(save_billing_profile.organization_id);
  select string_agg('there is no field ' || given.name, '; ') into v_problem
  from jsonb_object_keys(save_billing_profile.details) as given (name)
  where given.name <> all ('{legal_name, line1, line2, city, postal_code, region, country, tax_number, billing_email}'::text[]);
  if v_problem is null then
    -- As people type it; an empty field is none.
    v_given := jsonb_populate_record(null::public.billing_profiles, (
      select coalesce(jsonb_object_agg(
        given.name,
        case
          when given.name in ('country', 'tax_number') then upper(nullif(btrim(given.content), ''))
          else nullif(btrim(given.content), '')
        end
      ), '{}')
      from jsonb_each_text(save_billing_profile.details) as given (name, content)
    ));
    select string_agg(checked.problem, '; ' order by checked.place) into v_problem
    from (values
      (1, v_given.country !~ '^[A-Z]{2}$', 'the country is a code of two letters, such as NG'),
      (2, v_given.tax_number !~ '^[A-Z0-9](?:[A-Z0-9 ./-]{0,28}[A-Z0-9])?$',
        'the tax number has letters and digits, at most 30 characters'),
      (3, char_length(v_given.postal_code) > 20, 'the postal code has at most 20 characters'),
      (4, v_given.billing_email !~ '^[^@\s]+@[^@\s]+\.[^@\s]+$' or char_length(v_given.billing_email) > 320,
        'the billing_email is not an address'),
      (5, not (
        private.is_billing_address_line(coalesce(v_given.legal_name, '-'))
        and private.is_billing_address_line(coalesce(v_given.line1, '-'))
        and private.is_billing_address_line(coalesce(v_given.line2, '-'))
        and private.is_billing_address_line(coalesce(v_given.city, '-'))
        and private.is_billing_address_line(coalesce(v_given.postal_code, '-'))
        and private.is_billing_address_line(coalesce(v_given.region, '-'))
      ), 'a line of the address has at most 200 characters and no line break')
    ) as checked (place, is_wrong, problem)
    where checked.is_wrong;
  end if;
  if v_problem is not null then
    perform private.raise_error(422, 'billing_profile_invalid', format('Cannot save the billing profile: %s', v_problem));
  end if;
  insert into public.billing_profiles as profiles (
    organization_id, legal_name, line1, line2, city, postal_code, region, country, tax_number, billing_email
  )
  values (
    save_billing_profile.organization_id, v_given.legal_name, v_given.line1, v_given.line2, v_given.city,
    v_given.postal_code, v_given.region, v_given.country, v_given.tax_number, v_given.billing_email
  )
  on conflict on constraint billing_profiles_pkey do update
    set legal_name = excluded.legal_name, line1 = excluded.line1, line2 = excluded.line2, city = excluded.city,
      postal_code = excluded.postal_code, region = excluded.region, country = excluded.country,
      tax_number = excluded.tax_number, billing_email = excluded.billing_email
  returning profiles.* into v_profile;
  return v_profile;
end;
$$;
comment on function private.save_billing_profile(uuid, jsonb) is 'Body of public.save_billing_profile.';
grant execute on function private.save_billing_profile(uuid, jsonb) to authenticated;

create function public.save_billing_profile(organization_id uuid, details jsonb)
  returns public.billing_profiles
  language sql volatile set search_path = ''
as $$
  select private.save_billing_profile(save_billing_profile.organization_id, save_billing_profile.details)
$$;
comment on function public.save_billing_profile(uuid, jsonb) is $$Says who an organization is on its invoices. Needs billing.manage.

details are legal_name, line1, line2, city, postal_code, region, country, tax_number and billing_email; those left out
become empty. Invoices that are issued stay as they are. Errors: 403, 404 organization_not_found, 422
billing_profile_invalid, whose message names each field that is wrong.$$;
grant execute on function public.save_billing_profile(uuid, jsonb) to authenticated;
