select private.audit_table(
  'private.settings', '{value, default_value, minimum, maximum, allowed_values, pattern, is_public, is_overridable}',
  organization_column := null
);
select private.audit_table('private.setting_overrides', '{value}');
select private.audit_table('private.organization_plans', '{plan}');
select private.audit_table(
  'private.feature_flags',
  '{flag_type, is_enabled, rollout_percentage, rollout_unit, plans, roles, is_public, killed_at, kill_reason, reviewed_at}',
  organization_column := null
);
select private.audit_table('private.feature_flag_organizations', '{is_on}');
select private.audit_table(
  'private.experiments',
  '{unit, state, traffic_percentage, plans, roles, is_public, primary_metric, guardrail_metrics, phase, winner}',
  organization_column := null
);
select private.audit_table('private.experiment_variants', '{position, payload}', organization_column := null);
select private.audit_table('private.experiment_shares', '{weight}', organization_column := null);
