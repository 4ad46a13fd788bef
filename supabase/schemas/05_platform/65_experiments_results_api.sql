-- Definer: operators see the results, whose tables nobody holds a grant on.
create function private.get_experiment_results(experiment_key text)
  returns table (
    variant text, is_control boolean, weight int, exposed_count bigint, expected_count numeric,
    sample_ratio_p_value double precision, has_sample_ratio_mismatch boolean, metric text, is_guardrail boolean,
    converted_count bigint, conversion_rate double precision, lift double precision, lift_p_value double precision,
    is_significant boolean, is_harmed boolean
  )
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_experiment private.experiments;
begin
  perform private.require_platform_admin('read experiment results');
  select * into v_experiment from private.experiments where experiments.key = get_experiment_results.experiment_key;
  if not found then
    perform private.raise_error(404, 'experiment_not_found',
      format('Cannot read experiment results: there is no "%s"', get_experiment_results.experiment_key));
  end if;
  return query
  with
    exposed as (
      select assignments.variant, assignments.phase, count(*) as unit_count
      from private.experiment_assignments as assignments
      where assignments.experiment_key = v_experiment.key
      group by assignments.variant, assignments.phase
    ),
    phase_sizes as (
      select exposed.phase, sum(exposed.unit_count) as unit_count from exposed group by exposed.phase
    ),
    expected as (
      select shares.variant, sum(phase_sizes.unit_count * shares.weight / totals.weight) as unit_count
      from phase_sizes
      join private.experiment_shares as shares
        on shares.experiment_key = v_experiment.key and shares.phase = phase_sizes.phase
      join (
        select all_shares.phase, sum(all_shares.weight) as weight from private.experiment_shares as all_shares
        where all_shares.experiment_key = v_experiment.key group by all_shares.phase
      ) as totals on totals.phase = shares.phase
      group by shares.variant
    ),
    variants as (
      select all_variants.variant, all_variants.position, shares.weight,
        coalesce((select sum(exposed.unit_count) from exposed where exposed.variant = all_variants.variant), 0)::bigint
          as exposed_count,
        coalesce(expected.unit_count, 0) as expected_count
      from private.experiment_variants as all_variants
      left join private.experiment_shares as shares
        on shares.experiment_key = v_experiment.key and shares.variant = all_variants.variant
        and shares.phase = v_experiment.phase
      left join expected on expected.variant = all_variants.variant
      where all_variants.experiment_key = v_experiment.key
    ),
    sample_ratio as (
      select private.chi_square_p_value(
        sum((variants.exposed_count - variants.expected_count) ^ 2 / variants.expected_count)::double precision,
        count(*)::int - 1
      ) as p_value
      from variants where variants.expected_count > 0
    ),
    metrics as (
      select asked.metric, asked.number
      from unnest(v_experiment.primary_metric || v_experiment.guardrail_metrics) with ordinality as asked (metric, number)
    ),
    counted as (
      select assignments.variant, conversions.metric, count(*) as unit_count
      from private.experiment_conversions as conversions
      join private.experiment_assignments as assignments
        on assignments.experiment_key = conversions.experiment_key and assignments.unit_id = conversions.unit_id
      where conversions.experiment_key = v_experiment.key
      group by assignments.variant, conversions.metric
    ),
    measured as (
      select variants.*, metrics.metric, metrics.number, coalesce(counted.unit_count, 0) as converted_count,
        coalesce(counted.unit_count, 0)::double precision / nullif(variants.exposed_count, 0) as conversion_rate
      from variants
      cross join metrics
      left join counted on counted.variant = variants.variant and counted.metric = metrics.metric
    ),
    compared as (
      select measured.*, control.conversion_rate as control_rate,
        case when measured.position > 0 then private.proportions_p_value(
          measured.converted_count, measured.exposed_count, control.converted_count, control.exposed_count
        ) end as p_value
      from measured
      join measured as control on control.position = 0 and control.metric = measured.metric
    )
  select
    compared.variant, compared.position = 0, compared.weight, compared.exposed_count,
    round(compared.expected_count, 2), sample_ratio.p_value,
    coalesce(sample_ratio.p_value < private.setting_number('experiments.sample_ratio_alpha'), false),
    compared.metric, compared.number > 1, compared.converted_count, compared.conversion_rate,
    case when compared.position > 0 then compared.conversion_rate / nullif(compared.control_rate, 0) - 1 end,
    compared.p_value, coalesce(judged.is_significant, false),
    coalesce(judged.is_significant and compared.number > 1 and compared.conversion_rate > compared.control_rate, false)
  from compared
  cross join sample_ratio
  cross join lateral (
    select compared.p_value < private.setting_number('experiments.significance_alpha') as is_significant
  ) as judged
  order by compared.number, compared.position;
end;
$$;
comment on function private.get_experiment_results(text) is 'Body of public.get_experiment_results.';
grant execute on function private.get_experiment_results(text) to authenticated;

create function public.get_experiment_results(experiment_key text)
  returns table (
    variant text, is_control boolean, weight int, exposed_count bigint, expected_count numeric,
    sample_ratio_p_value double precision, has_sample_ratio_mismatch boolean, metric text, is_guardrail boolean,
    converted_count bigint, conversion_rate double precision, lift double precision, lift_p_value double precision,
    is_significant boolean, is_harmed boolean
  )
  language sql stable set search_path = ''
as $$
  select * from private.get_experiment_results(get_experiment_results.experiment_key)
$$;
comment on function public.get_experiment_results(text) is
  $$What an experiment has shown, a row for each metric and variant. For platform admins with a second factor.

Counts are of units (people or organizations) and of what they did after their exposure, once each. With
has_sample_ratio_mismatch the variants are not as large as their shares say (chi-square test), which means that
something is wrong and nothing else here is to be trusted. lift and lift_p_value compare with the control. Guardrail metrics
count harm: is_harmed says that a variant surely has more of it.$$;
grant execute on function public.get_experiment_results(text) to authenticated;
