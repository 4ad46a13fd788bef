-- Demo people and organisations, for development only: everybody's password is "atrium-demo-1".
-- Safe to run again: rows that exist stay as they are.

insert into auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
  created_at, updated_at,
  -- Auth reads these as text and cannot take null.
  confirmation_token, recovery_token, email_change, email_change_token_new
)
select
  '00000000-0000-0000-0000-000000000000', person.id, 'authenticated', 'authenticated', person.email,
  extensions.crypt('atrium-demo-1', extensions.gen_salt('bf', 10)), now(),
  '{"provider": "email", "providers": ["email"]}',
  jsonb_build_object('display_name', person.display_name, 'time_zone', person.time_zone),
  now(), now(), '', '', '', ''
from (
  values
    ('5eed0000-0000-4000-8000-000000000001'::uuid, 'ada@atrium.test', 'Ada Okafor', 'Africa/Lagos'),
    ('5eed0000-0000-4000-8000-000000000002'::uuid, 'grace@atrium.test', 'Grace Lindqvist', 'Europe/Stockholm'),
    ('5eed0000-0000-4000-8000-000000000003'::uuid, 'chidi@atrium.test', 'Chidi Eze', 'Africa/Lagos'),
    ('5eed0000-0000-4000-8000-000000000004'::uuid, 'mei@atrium.test', 'Mei Tanaka', 'Asia/Tokyo')
) as person (id, email, display_name, time_zone)
on conflict do nothing;

insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
select
  users.id::text, users.id,
  jsonb_build_object('sub', users.id, 'email', users.email, 'email_verified', true, 'phone_verified', false),
  'email', now(), now(), now()
from auth.users
where users.id::text like '5eed0000-%'
on conflict (provider_id, provider) do nothing;

insert into public.organizations (id, kind, name, slug, country, currency, time_zone, created_by)
values
  ('5eed0000-0000-4000-8000-0000000000a1', 'company', 'Analytical Estates', 'analytical-estates', 'NG', 'NGN',
    'Africa/Lagos', '5eed0000-0000-4000-8000-000000000001'),
  ('5eed0000-0000-4000-8000-0000000000a2', 'fund', 'Harbour Ventures', 'harbour-ventures', 'SE', 'EUR',
    'Europe/Stockholm', '5eed0000-0000-4000-8000-000000000002')
on conflict do nothing;

insert into public.memberships (organization_id, user_id, role)
values
  ('5eed0000-0000-4000-8000-0000000000a1', '5eed0000-0000-4000-8000-000000000001', 'owner'),
  ('5eed0000-0000-4000-8000-0000000000a1', '5eed0000-0000-4000-8000-000000000003', 'admin'),
  ('5eed0000-0000-4000-8000-0000000000a1', '5eed0000-0000-4000-8000-000000000002', 'viewer'),
  ('5eed0000-0000-4000-8000-0000000000a2', '5eed0000-0000-4000-8000-000000000002', 'owner'),
  ('5eed0000-0000-4000-8000-0000000000a2', '5eed0000-0000-4000-8000-000000000004', 'campaign_manager')
on conflict (organization_id, user_id) do nothing;

-- What people and organizations tell of themselves, as long as they did not.
update public.profiles
set headline = told.headline, company = told.company, position = told.position, location = told.location,
  visibility = told.visibility::public.profile_visibility, locale = told.locale
from (
  values
    ('5eed0000-0000-4000-8000-000000000001'::uuid, 'Founder of Analytical Estates', 'Analytical Estates', 'Founder',
      'Lagos, Nigeria', 'public', 'en'),
    ('5eed0000-0000-4000-8000-000000000002', 'Invests in companies that last', 'Harbour Ventures', 'Partner',
      'Stockholm, Sweden', 'network', 'en'),
    ('5eed0000-0000-4000-8000-000000000003', 'Plots and people in Lekki', 'Analytical Estates', 'Head of sales',
      'Lagos, Nigeria', 'network', 'en'),
    ('5eed0000-0000-4000-8000-000000000004', null, null, null, 'Tokyo, Japan', 'private', 'fr')
) as told (id, headline, company, position, location, visibility, locale)
where profiles.id = told.id and profiles.location is null;
update public.organizations
set primary_color = brand.primary_color, secondary_color = brand.secondary_color, mail_footer = brand.mail_footer
from (
  values
    ('5eed0000-0000-4000-8000-0000000000a1'::uuid, '#0b3d2e', '#e0a458', E'Analytical Estates Ltd\n1 Marina, Lagos'),
    ('5eed0000-0000-4000-8000-0000000000a2', '#1d3557', null, E'Harbour Ventures AB\nBox 7, Stockholm')
) as brand (id, primary_color, secondary_color, mail_footer)
where organizations.id = brand.id and organizations.mail_footer is null;

-- Grace looks on with a role of the organization's own.
insert into public.custom_roles (id, organization_id, name, base_role, description)
values
  ('5eed0000-0000-4000-8000-0000000000d1', '5eed0000-0000-4000-8000-0000000000a1', 'Auditor', 'viewer',
    'Reads what was done, and by whom')
on conflict do nothing;
insert into public.custom_role_permissions (custom_role_id, organization_id, permission)
select '5eed0000-0000-4000-8000-0000000000d1', '5eed0000-0000-4000-8000-0000000000a1', permission
from unnest(array['organization.read', 'members.read', 'audit.read']) as permission
on conflict do nothing;
update public.memberships set custom_role_id = '5eed0000-0000-4000-8000-0000000000d1'
where organization_id = '5eed0000-0000-4000-8000-0000000000a1'
  and user_id = '5eed0000-0000-4000-8000-000000000002' and role = 'viewer' and custom_role_id is null;

-- Grace offers her fund to Mei, who has seven days to answer.
insert into public.ownership_transfers (id, organization_id, from_user_id, to_user_id, expires_at)
values
  ('5eed0000-0000-4000-8000-0000000000e1', '5eed0000-0000-4000-8000-0000000000a2',
    '5eed0000-0000-4000-8000-000000000002', '5eed0000-0000-4000-8000-000000000004', now() + interval '7 days')
on conflict do nothing;

-- Ada agreed to the terms and wants no news; Chidi was asked for nothing yet.
insert into public.consents (user_id, kind, version, is_granted)
select '5eed0000-0000-4000-8000-000000000001', documents.kind, documents.version, documents.kind <> 'marketing'
from public.consent_documents as documents
where not exists (
  select from public.consents
  where consents.user_id = '5eed0000-0000-4000-8000-000000000001' and consents.kind = documents.kind
);

-- Ada's first step in her company is done, the second one put aside.
insert into public.user_onboarding (user_id, organization_id, step, state)
select '5eed0000-0000-4000-8000-000000000001', '5eed0000-0000-4000-8000-0000000000a1', steps.step,
  (case when row_number() over (order by steps.position) = 1 then 'completed' else 'dismissed' end)
    ::public.onboarding_step_state
from public.onboarding_steps as steps
where 'company' = any (steps.kinds)
order by steps.position
limit 2
on conflict do nothing;

-- Ada's sign-ins: one wrong password, then the right one.
select private.record_audit_event(
  attempt.action, null, attempt.object_type, '5eed0000-0000-4000-8000-000000000001', null,
  attempt.actor_kind::public.audit_actor_kind, attempt.actor_id, '192.0.2.7',
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
)
from (
  values
    ('login_failed', 'users', 'anonymous', null::uuid),
    ('login', 'sessions', 'user', '5eed0000-0000-4000-8000-000000000001')
) as attempt (action, object_type, actor_kind, actor_id)
where not exists (
  select from public.audit_logs
  where audit_logs.action = attempt.action and audit_logs.object_id = '5eed0000-0000-4000-8000-000000000001'
);

-- A program and its key, which docs/domains/identity/api-keys.md shows.
insert into public.service_accounts (id, organization_id, name, description, created_by)
values
  ('5eed0000-0000-4000-8000-0000000000c1', '5eed0000-0000-4000-8000-0000000000a1', 'Website importer',
    'Brings enquiries from the website', '5eed0000-0000-4000-8000-000000000001')
on conflict do nothing;
insert into public.memberships (organization_id, service_account_id, role)
values ('5eed0000-0000-4000-8000-0000000000a1', '5eed0000-0000-4000-8000-0000000000c1', 'member')
on conflict do nothing;

with demo as (
  select 'atk_demo_5eed0001_' || repeat('0', 48) as body
), made as (
  insert into public.api_keys (id, organization_id, service_account_id, name, prefix, scopes, created_by)
  values
    ('5eed0000-0000-4000-8000-0000000000f1', '5eed0000-0000-4000-8000-0000000000a1',
      '5eed0000-0000-4000-8000-0000000000c1', 'Demo', 'atk_demo_5eed0001', '{organization.read, members.read}',
      '5eed0000-0000-4000-8000-000000000001')
  on conflict do nothing
  returning id
)
insert into private.api_key_hashes (api_key_id, hash)
select made.id, encode(
  sha256(convert_to(demo.body || left(encode(sha256(convert_to(demo.body, 'UTF8')), 'hex'), 6), 'UTF8')), 'hex'
)
from made
cross join demo;

-- Waits for an answer; its mail is not sent, so send it again to get a link.
insert into public.invitations (id, organization_id, email, role, invited_by, expires_at)
values
  ('5eed0000-0000-4000-8000-0000000000b1', '5eed0000-0000-4000-8000-0000000000a1', 'tunde@atrium.test', 'agent',
    '5eed0000-0000-4000-8000-000000000001', now() + interval '7 days')
on conflict do nothing;

-- An import that is done, with a row that was not taken. Its file was not kept.
insert into public.imports (
  id, organization_id, import_type, name, state, columns, mapping, read_count, inserted_count, failed_count, created_by,
  started_at, finished_at
)
values (
  '5eed0000-0000-4000-8000-0000000000d1', '5eed0000-0000-4000-8000-0000000000a1', 'contacts', 'Open day.csv', 'completed',
  '[{"name": "Name", "examples": ["Ngozi"], "suggestion": "first_name", "score": 0.5},
    {"name": "E-mail", "examples": ["ngozi@example.test"], "suggestion": "email", "score": 1}]',
  '{"first_name": 0, "email": 1}', 3, 2, 1, '5eed0000-0000-4000-8000-000000000001', now(), now()
)
on conflict do nothing;
insert into public.import_errors (organization_id, import_id, row_number, field, code, message, value)
select imports.organization_id, imports.id, 4, 'email', 'value_invalid', 'is no e-mail address', 'tunde at example'
from public.imports
where imports.id = '5eed0000-0000-4000-8000-0000000000d1'
  and not exists (select from public.import_errors where import_errors.import_id = imports.id);
insert into public.contacts (id, organization_id, email, phone, first_name, last_name, company, country, import_id)
values
  ('5eed0000-0000-4000-8000-0000000000e1', '5eed0000-0000-4000-8000-0000000000a1', 'ngozi@example.test', '+2348035550101',
    'Ngozi', 'Adeyemi', 'Adeyemi & Daughters', 'NG', '5eed0000-0000-4000-8000-0000000000d1'),
  ('5eed0000-0000-4000-8000-0000000000e2', '5eed0000-0000-4000-8000-0000000000a1', 'priya@example.test', null, 'Priya', 'Raman',
    'Raman Textiles', 'IN', '5eed0000-0000-4000-8000-0000000000d1')
on conflict do nothing;

-- A letter of the company's own. A draft, because nobody has looked at it: preview it, then publish it.
insert into public.document_templates (id, organization_id, kind, name)
values
  ('5eed0000-0000-4000-8000-0000000000d2', '5eed0000-0000-4000-8000-0000000000a1', 'letter', 'Allocation letter')
on conflict do nothing;
insert into public.document_template_versions (
  template_id, organization_id, version_number, title_source, body_source, created_by
)
values (
  '5eed0000-0000-4000-8000-0000000000d2', '5eed0000-0000-4000-8000-0000000000a1', 1,
  '{{ subject }}{% if reference %} {{ reference }}{% endif %}',
  $liquid$<p class="right">{% if place %}{{ place }}, {% endif %}{{ date | date }}</p>
<p class="lines"><strong>{{ recipient.name }}</strong>
{% if recipient.address %}{{ recipient.address }}{% endif %}</p>
<h1>{{ subject }}</h1>
<p>{% if salutation %}{{ salutation }}{% else %}Dear {{ recipient.name }},{% endif %}</p>
{% for paragraph in paragraphs %}<p class="lines">{{ paragraph }}</p>{% endfor %}
{% if facts.size > 0 %}<table>
<thead><tr><th width="40%">Your plot</th><th></th></tr></thead>
<tbody>{% for fact in facts %}<tr><td>{{ fact.label }}</td><td><strong>{{ fact.value }}</strong></td></tr>{% endfor %}</tbody>
</table>{% endif %}
<p class="muted"><small>{{ organization.name }} never asks for payments by telephone.</small></p>
{% if closing %}<p>{{ closing }}</p>{% endif %}
{% for signatory in signatories %}<section class="keep"><p><br><br><strong>{{ signatory.name }}</strong>{% if signatory.title %}<br><span class="muted">{{ signatory.title }}</span>{% endif %}</p></section>{% endfor %}$liquid$,
  '5eed0000-0000-4000-8000-000000000001'
)
on conflict do nothing;

-- A pack of credits that the company paid for by transfer, and a month of what it used.
insert into public.credit_purchases (id, organization_id, pack_id, credit_count, currency, price_cents, created_by)
select '5eed0000-0000-4000-8000-0000000000f1', '5eed0000-0000-4000-8000-0000000000a1', packs.id, packs.credit_count,
  prices.currency, prices.price_cents, '5eed0000-0000-4000-8000-000000000001'
from public.credit_packs as packs
join public.credit_pack_prices as prices on prices.pack_id = packs.id and prices.currency = 'USD'
where packs.credit_count = 500
on conflict do nothing;
insert into public.billing_payments
  (id, organization_id, provider, purpose, purpose_id, method, reference, status, currency, amount_cents, paid_at)
select '5eed0000-0000-4000-8000-0000000000f2', purchases.organization_id, 'manual', 'credit_pack', purchases.id,
  'bank_transfer', 'Analytical Estates, 500 credits', 'succeeded', purchases.currency, purchases.price_cents, now()
from public.credit_purchases as purchases
where purchases.id = '5eed0000-0000-4000-8000-0000000000f1'
on conflict do nothing;
insert into public.usage_days (organization_id, metric, day_on, quantity, peak_count, limit_count)
select '5eed0000-0000-4000-8000-0000000000a1', given.metric, days.day_on::date, counts.quantity, counts.quantity, given.limit_count
from (values ('api_calls', 6000, 10000), ('ai_tokens', 40000, null), ('messages', 90, null))
  as given (metric, most, limit_count)
cross join generate_series((now() at time zone 'UTC')::date - 30, (now() at time zone 'UTC')::date - 1, interval '1 day')
  as days (day_on)
-- Quieter at weekends, and the same in each installation.
cross join lateral (
  select given.most * (case when extract(isodow from days.day_on) > 5 then 2 else 5 + extract(day from days.day_on)::int % 5 end)
    / 10 as quantity
) as counts
on conflict do nothing;

-- What the company was billed: an invoice that it paid by bank transfer and that was corrected, and an open one, which
-- took the money credit.
insert into public.billing_profiles (organization_id, legal_name, line1, city, postal_code, region, country, tax_number, billing_email)
values
  ('5eed0000-0000-4000-8000-0000000000a1', 'Analytical Estates Ltd', '1 Marina', 'Lagos', '101001', 'Lagos', 'NG',
    '87654321-0001', 'accounts@analytical-estates.test')
on conflict do nothing;
do $invoices$
declare
  v_organization constant uuid := '5eed0000-0000-4000-8000-0000000000a1';
  v_ids constant uuid[] := array['5eed0000-0000-4000-8000-0000000000f1', '5eed0000-0000-4000-8000-0000000000f2'];
begin
  if exists (select from public.billing_invoices as invoices where invoices.id = any (v_ids)) then
    return;
  end if;
  insert into public.billing_invoices (
    id, organization_id, provider, seller_id, currency, subtotal_cents, tax_name, tax_rate, tax_cents, total_cents,
    time_zone, buyer, seller
  )
  select drafts.id, v_organization, 'own', sellers.id, 'NGN', drafts.subtotal_cents, 'VAT', 0.075,
    private.invoice_tax(drafts.subtotal_cents, 0.075),
    drafts.subtotal_cents + private.invoice_tax(drafts.subtotal_cents, 0.075), 'Africa/Lagos',
    private.billing_buyer(v_organization),
    -- The built-in seller is for an operator to fill in.
    private.billing_seller_snapshot(sellers) || jsonb_build_object(
      'legal_name', 'Atrium Nigeria Ltd', 'line1', '14 Awolowo Road', 'city', 'Ikoyi', 'postal_code', '101233',
      'region', 'Lagos', 'country', 'NG', 'tax_number', '12345678-0001', 'email', 'billing@atrium.test',
      'payment_instructions', E'First Bank of Lagos\nAccount 0123456789\nReference: the number of the invoice'
    )
  from (values (v_ids[1], 25000000::bigint), (v_ids[2], 7500000)) as drafts (id, subtotal_cents)
  cross join public.billing_sellers as sellers
  where sellers.key = 'default';
  insert into public.billing_invoice_lines
    (organization_id, invoice_id, position, kind, description, quantity, unit_cents, amount_cents)
  values
    (v_organization, v_ids[1], 1, 'one_off', 'Import of the estates of three sites', 3, 7500000, 22500000),
    (v_organization, v_ids[1], 2, 'one_off', 'Training of the sales team', 1, 2500000, 2500000),
    (v_organization, v_ids[2], 1, 'one_off', 'Import of the estates of a fourth site', 1, 7500000, 7500000);
  perform private.issue_invoices(array[v_ids[1]]);
  perform private.record_payment(
    v_organization, 'manual', null, 'succeeded', 'NGN', 26875000, now(),
    jsonb_build_object(
      'purpose', 'invoice', 'purpose_id', v_ids[1], 'method', 'bank_transfer', 'reference', 'UTR 4471 0092 1183'
    )
  );
  insert into public.billing_credit_notes
    (organization_id, invoice_id, seller_id, number, settlement, currency, amount_cents, total_cents, reason)
  select invoices.organization_id, invoices.id, invoices.seller_id,
    private.next_billing_number(invoices.seller_id, 'credit_note', now()), 'balance', 'NGN', 1000000, 1000000,
    'One of the sites was imported a week late'
  from public.billing_invoices as invoices where invoices.id = v_ids[1];
  perform private.apply_money_credits(array[v_ids[2]]);
  perform private.issue_invoices(array[v_ids[2]]);
end;
$invoices$;
