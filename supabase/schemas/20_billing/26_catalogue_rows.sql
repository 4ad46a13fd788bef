insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('billing.read', true, 'See plan, invoices and payments of the organization'),
  ('billing.manage', true, 'Choose the plan, pay, and cancel');
insert into public.role_permissions (role, permission)
select roles.role, permissions.permission
from public.roles
cross join public.permissions
where permissions.permission in ('billing.read', 'billing.manage') and roles.role in ('owner', 'admin');

-- Without a plan of the product line. Features are 1 for with and 0 for without.
insert into private.limit_definitions (key, default_value, description) values
  ('max_projects', 1, 'Projects of the organization'),
  ('linkedin_automation', 0, 'Whether LinkedIn automation may be used'),
  ('outreach_campaigns', 0, 'Whether outreach campaigns may be used'),
  ('deal_flow', 0, 'Whether investors see premium deal flow'),
  ('priority_support', 0, 'Whether support answers first'),
  ('max_plots', 10, 'Plots of the organization'),
  ('max_agents', null, 'Members of the organization with the role of an agent'),
  ('campaign_recipients_monthly', 100, 'Recipients of campaigns in a month, in UTC');

-- Decisions C-02, C-03, C-07; what they leave open is a first value that operators change.
-- Ids are made from what they name, so that every installation has the same rows.
insert into public.billing_plans (id, product, key, name, description, rank, trial_days, is_default)
select private.stable_uuid(concat_ws(' ', 'billing_plans', given.product, given.key)), given.product::public.billing_product, given.key,
  given.name, given.description, given.rank, given.trial_days, given.is_default
from (values
  ('fundraising', 'free', 'Free', 'One project and the basic features', 10, 0, true),
  ('fundraising', 'pro', 'Pro', 'Five projects, advanced features and priority support', 20, 14, false),
  ('fundraising', 'outreach', 'Outreach', 'Unlimited projects, LinkedIn automation and campaigns', 30, 14, false),
  ('fundraising', 'deal_flow', 'Deal flow', 'Premium deal flow for investors', 40, 14, false),
  ('estate', 'starter', 'Starter', 'For the first estates', 10, 14, false),
  ('estate', 'professional', 'Professional', 'For growing companies', 20, 14, false),
  ('estate', 'enterprise', 'Enterprise', 'For large companies, with an IP allow-list', 30, 14, false),
  ('campaigns', 'basic', 'Basic', 'A hundred recipients a month', 10, 0, true),
  ('campaigns', 'growth', 'Growth', 'Five thousand recipients a month', 20, 14, false),
  ('chat', 'free', 'Free', 'Conversations and calls', 10, 0, true),
  ('chat', 'team', 'Team', 'For teams', 20, 14, false)
) as given (product, key, name, description, rank, trial_days, is_default);

insert into public.billing_plan_entitlements (plan_id, key, value, action)
select billing_plans.id, given.key, given.value, given.action::private.limit_action
from (
  values
    ('fundraising', 'free', 'daily_credits', 50, 'block'),
    ('fundraising', 'free', 'initial_credits', 200, 'block'),
    ('fundraising', 'free', 'max_projects', 1, 'block'),
    ('fundraising', 'pro', 'daily_credits', 150, 'block'),
    ('fundraising', 'pro', 'max_projects', 5, 'block'),
    ('fundraising', 'pro', 'priority_support', 1, 'block'),
    ('fundraising', 'outreach', 'daily_credits', 200, 'block'),
    ('fundraising', 'outreach', 'max_projects', null, 'block'),
    ('fundraising', 'outreach', 'priority_support', 1, 'block'),
    ('fundraising', 'outreach', 'linkedin_automation', 1, 'block'),
    ('fundraising', 'outreach', 'outreach_campaigns', 1, 'block'),
    ('fundraising', 'deal_flow', 'deal_flow', 1, 'block'),
    ('estate', 'starter', 'api_calls_hourly', 100, 'block'),
    ('estate', 'starter', 'max_api_calls_daily', 1000, 'block'),
    ('estate', 'starter', 'max_plots', 100, 'block'),
    ('estate', 'starter', 'max_agents', 5, 'block'),
    ('estate', 'professional', 'api_calls_hourly', 1000, 'block'),
    ('estate', 'professional', 'max_api_calls_daily', 10000, 'overage'),
    ('estate', 'professional', 'max_plots', 1000, 'overage'),
    ('estate', 'professional', 'max_agents', 25, 'block'),
    ('estate', 'enterprise', 'api_calls_hourly', 10000, 'block'),
    ('estate', 'enterprise', 'max_api_calls_daily', 100000, 'overage'),
    ('estate', 'enterprise', 'max_plots', 10000, 'overage'),
    ('estate', 'enterprise', 'max_agents', null, 'block'),
    ('estate', 'enterprise', 'api_key_allowed_ips', 100, 'block'),
    ('campaigns', 'basic', 'campaign_recipients_monthly', 100, 'block'),
    ('campaigns', 'growth', 'campaign_recipients_monthly', 5000, 'block'),
    ('chat', 'team', 'storage_bytes', 107374182400, 'block')
) as given (product, plan, key, value, action)
join public.billing_plans
  on billing_plans.product = given.product::public.billing_product and billing_plans.key = given.plan;

-- Yearly prices are ten monthly ones.
insert into public.billing_prices (id, plan_id, kind, billing_interval, currency, unit_cents, starts_at)
select private.stable_uuid(concat_ws(' ', 'billing_prices', billing_plans.id, intervals.billing_interval)), billing_plans.id, 'flat', intervals.billing_interval, given.currency, given.monthly_cents * intervals.factor,
  '2026-01-01 00:00:00+00'
from (
  values
    ('fundraising', 'free', 'USD', 0), ('fundraising', 'pro', 'USD', 1900), ('fundraising', 'outreach', 'USD', 4900),
    ('fundraising', 'deal_flow', 'USD', 9900),
    ('estate', 'starter', 'NGN', 1500000), ('estate', 'professional', 'NGN', 4500000),
    ('estate', 'enterprise', 'NGN', 15000000),
    ('campaigns', 'basic', 'USD', 0), ('campaigns', 'growth', 'USD', 2900),
    ('chat', 'free', 'USD', 0), ('chat', 'team', 'USD', 900)
) as given (product, plan, currency, monthly_cents)
join public.billing_plans
  on billing_plans.product = given.product::public.billing_product and billing_plans.key = given.plan
cross join (values ('month'::public.billing_interval, 1), ('year', 10)) as intervals (billing_interval, factor);

insert into public.billing_prices
  (id, plan_id, kind, billing_interval, currency, unit_cents, unit_count, limit_key, starts_at)
select private.stable_uuid(concat_ws(' ', 'billing_prices', billing_plans.id, given.limit_key)), billing_plans.id, 'metered', 'month', 'NGN', given.unit_cents, given.unit_count, given.limit_key,
  '2026-01-01 00:00:00+00'
from public.billing_plans
cross join (values ('max_plots', 30000, 1), ('max_api_calls_daily', 10000, 1000)) as given (limit_key, unit_cents, unit_count)
where billing_plans.product = 'estate' and billing_plans.key in ('professional', 'enterprise');

insert into public.billing_tax_rates (id, country, name, rate, starts_on)
select private.stable_uuid(concat_ws(' ', 'billing_tax_rates', given.country)), given.country, given.name, given.rate, given.starts_on::date
from (values
  ('NG', 'VAT', 0.075, '2020-02-01'),
  ('IN', 'GST', 0.18, '2017-07-01'),
  ('GB', 'VAT', 0.20, '2011-01-04'),
  ('DE', 'USt', 0.19, '2021-01-01'),
  ('FR', 'TVA', 0.20, '2014-01-01')
) as given (country, name, rate, starts_on);

select private.audit_table(
  'public.billing_plans', '{name, description, rank, trial_days, is_default, retired_at}', organization_column := null
);
select private.audit_table(
  'public.billing_prices', '{plan_id, kind, billing_interval, currency, unit_cents, unit_count, limit_key, starts_at, ends_at}',
  organization_column := null
);
select private.audit_table('public.billing_plan_entitlements', '{value, action}', organization_column := null);
select private.audit_table('public.billing_tax_rates', '{country, name, rate, starts_on, ends_on}', organization_column := null);
