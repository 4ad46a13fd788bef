-- Definer: operators see the experiments, whose tables nobody holds a grant on.
create function private.list_experiments()
  returns table (
    key text, description text, state text, unit text, traffic_percentage numeric, plans text[], roles text[],
    is_public boolean, primary_metric text, guardrail_metrics text[], variants jsonb, winner text,
    exposed_count bigint, started_at timestamptz, ended_at timestamptz, created_at timestamptz
  )
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('list experiments');
  return query
  select experiments.key, experiments.description, experiments.state::text, experiments.unit::text,
    experiments.traffic_percentage, experiments.plans, experiments.roles, experiments.is_public,
    experiments.primary_metric, experiments.guardrail_metrics,
    (
      select jsonb_agg(
        jsonb_build_object('variant', variants.variant, 'weight', shares.weight, 'payload', variants.payload)
        order by variants.position
      )
      from private.experiment_variants as variants
      join private.experiment_shares as shares
        on shares.experiment_key = variants.experiment_key and shares.variant = variants.variant
      where variants.experiment_key = experiments.key and shares.phase = experiments.phase
    ),
    experiments.winner,
    (
      select count(*) from private.experiment_assignments
      where experiment_assignments.experiment_key = experiments.key
    ),
    experiments.started_at, experiments.ended_at, experiments.created_at
  from private.experiments
  order by experiments.key;
end;
$$;
comment on function private.list_experiments() is 'Body of public.list_experiments.';
grant execute on function private.list_experiments() to authenticated;

create function public.list_experiments()
  returns table (
    key text, description text, state text, unit text, traffic_percentage numeric, plans text[], roles text[],
    is_public boolean, primary_metric text, guardrail_metrics text[], variants jsonb, winner text,
    exposed_count bigint, started_at timestamptz, ended_at timestamptz, created_at timestamptz
  )
  language sql stable set search_path = ''
as $$
  select * from private.list_experiments()
$$;
comment on function public.list_experiments() is $$All experiments. For platform admins with a second factor.

variants is an array of {variant, weight, payload}, the control first.$$;
grant execute on function public.list_experiments() to authenticated;

-- Definer: as private.list_experiments.
create function private.save_experiment(
  key text, description text, variants jsonb, primary_metric text, guardrail_metrics text[], unit text,
  traffic_percentage numeric, plans text[], roles text[], is_public boolean
)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_experiment private.experiments;
  v_former jsonb;
  v_given jsonb;
begin
  perform private.require_platform_admin('save experiment');
  select * into v_experiment from private.experiments where experiments.key = save_experiment.key for update;
  if v_experiment.state = 'ended' then
    perform private.raise_error(409, 'experiment_ended', 'Cannot save experiment: it has ended', 'Make another one.');
  end if;
  if jsonb_typeof(save_experiment.variants) is distinct from 'array'
    or jsonb_array_length(save_experiment.variants) not between 2 and 100
    or exists (
      select from jsonb_array_elements(save_experiment.variants) as given (item)
      where jsonb_typeof(given.item -> 'variant') is distinct from 'string'
        or jsonb_typeof(given.item -> 'weight') is distinct from 'number'
    )
    or (
      select sum((given.item ->> 'weight')::numeric) from jsonb_array_elements(save_experiment.variants) as given (item)
    ) <= 0
  then
    perform private.raise_error(422, 'experiment_invalid',
      'Cannot save experiment: variants are 2 to 100 objects {variant, weight, payload} with a weight above zero',
      'The first one is the control.');
  end if;
  if v_experiment.state = 'running' then
    select
      jsonb_agg(variants.variant order by variants.position),
      (select jsonb_agg(given.item -> 'variant' order by given.number)
       from jsonb_array_elements(save_experiment.variants) with ordinality as given (item, number))
    into v_former, v_given
    from private.experiment_variants as variants where variants.experiment_key = v_experiment.key;
    if v_former <> v_given or v_experiment.unit::text <> save_experiment.unit
      or v_experiment.primary_metric <> save_experiment.primary_metric
    then
      perform private.raise_error(409, 'experiment_running',
        'Cannot save experiment: variants, unit and primary metric are set once it runs',
        'Shares, payloads and targeting may change; for the rest end it and make another one.');
    end if;
  end if;
  insert into private.experiments as experiments (
    key, description, unit, traffic_percentage, plans, roles, is_public, primary_metric, guardrail_metrics
  )
  values (
    save_experiment.key, save_experiment.description, save_experiment.unit::private.rollout_unit,
    save_experiment.traffic_percentage, save_experiment.plans, save_experiment.roles, save_experiment.is_public,
    save_experiment.primary_metric, save_experiment.guardrail_metrics
  )
  on conflict on constraint experiments_pkey do update set
    description = excluded.description, unit = excluded.unit, traffic_percentage = excluded.traffic_percentage,
    plans = excluded.plans, roles = excluded.roles, is_public = excluded.is_public,
    primary_metric = excluded.primary_metric, guardrail_metrics = excluded.guardrail_metrics
  returning * into v_experiment;
  perform private.write_experiment_variants(v_experiment, save_experiment.variants);
  return v_experiment.key;
exception
  when check_violation or unique_violation or invalid_text_representation or not_null_violation
    or numeric_value_out_of_range
  then
    perform private.raise_error(422, 'experiment_invalid', format('Cannot save experiment: %s', sqlerrm));
end;
$$;
comment on function private.save_experiment(text, text, jsonb, text, text[], text, numeric, text[], text[], boolean) is
  'Body of public.save_experiment.';
grant execute on function private.save_experiment(
  text, text, jsonb, text, text[], text, numeric, text[], text[], boolean
) to authenticated;

create function public.save_experiment(
  key text,
  description text,
  variants jsonb,
  primary_metric text,
  guardrail_metrics text[] default '{}',
  unit text default 'person',
  traffic_percentage numeric default 100,
  plans text[] default null,
  roles text[] default null,
  is_public boolean default true
)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.save_experiment(
    save_experiment.key, save_experiment.description, save_experiment.variants, save_experiment.primary_metric,
    save_experiment.guardrail_metrics, save_experiment.unit, save_experiment.traffic_percentage,
    save_experiment.plans, save_experiment.roles, save_experiment.is_public
  )
$$;
comment on function public.save_experiment(text, text, jsonb, text, text[], text, numeric, text[], text[], boolean) is
  $$Makes or replaces an experiment and returns its key. For platform admins with a second factor.

variants is an array of {variant, weight, payload}, the control first. What is left out gets its default, also when the
experiment exists. While it runs, variants, unit and primary metric are set; new weights concern only those who have not
met a variant yet.$$;
grant execute on function public.save_experiment(
  text, text, jsonb, text, text[], text, numeric, text[], text[], boolean
) to authenticated;

-- Definer: as private.list_experiments.
create function private.start_experiment(key text)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_experiment private.experiments := private.lock_experiment(start_experiment.key, 'start');
begin
  if v_experiment.state = 'ended' then
    perform private.raise_error(409, 'experiment_ended', 'Cannot start experiment: it has ended', 'Make another one.');
  end if;
  update private.experiments set state = 'running', started_at = now()
  where experiments.key = v_experiment.key and experiments.state = 'draft';
  return 'running';
end;
$$;
comment on function private.start_experiment(text) is 'Body of public.start_experiment.';
grant execute on function private.start_experiment(text) to authenticated;

create function public.start_experiment(key text)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.start_experiment(start_experiment.key)
$$;
comment on function public.start_experiment(text) is
  'Starts a draft and returns its state, "running". For platform admins with a second factor.';
grant execute on function public.start_experiment(text) to authenticated;

-- Definer: as private.list_experiments.
create function private.end_experiment(key text, winner text)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_experiment private.experiments := private.lock_experiment(end_experiment.key, 'end');
begin
  if v_experiment.state = 'ended' and v_experiment.winner = end_experiment.winner then
    return v_experiment.winner;
  end if;
  if v_experiment.state <> 'running' then
    perform private.raise_error(409, 'experiment_not_running',
      format('Cannot end experiment: status is "%s"', v_experiment.state));
  end if;
  if not exists (
    select from private.experiment_variants
    where experiment_variants.experiment_key = v_experiment.key and experiment_variants.variant = end_experiment.winner
  ) then
    perform private.raise_error(422, 'experiment_variant_unknown',
      format('Cannot end experiment: it has no variant "%s"', end_experiment.winner));
  end if;
  update private.experiments set state = 'ended', ended_at = now(), winner = end_experiment.winner
  where experiments.key = v_experiment.key;
  return end_experiment.winner;
end;
$$;
comment on function private.end_experiment(text, text) is 'Body of public.end_experiment.';
grant execute on function private.end_experiment(text, text) to authenticated;

create function public.end_experiment(key text, winner text)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.end_experiment(end_experiment.key, end_experiment.winner)
$$;
comment on function public.end_experiment(text, text) is
  $$Ends an experiment and returns the winner, which everybody gets from now on. For platform admins with a second factor.

To stop one at once, end it with the control as winner.$$;
grant execute on function public.end_experiment(text, text) to authenticated;
