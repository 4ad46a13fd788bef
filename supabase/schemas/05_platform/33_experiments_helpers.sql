create function private.choose_variant(experiment_key text, phase int, point double precision)
  returns text
  language sql stable set search_path = ''
as $$
  -- The variants share the range of 0 to 1 in their order, each as long as its weight; as chooseVariant of bucketing.ts.
  select ranges.variant
  from (
    select shares.variant, variants.position,
      sum(shares.weight) over (order by variants.position) as upper_weight, sum(shares.weight) over () as total_weight
    from private.experiment_shares as shares
    join private.experiment_variants as variants
      on variants.experiment_key = shares.experiment_key and variants.variant = shares.variant
    where shares.experiment_key = choose_variant.experiment_key and shares.phase = choose_variant.phase
  ) as ranges
  where choose_variant.point * ranges.total_weight < ranges.upper_weight
  order by ranges.position
  limit 1
$$;
comment on function private.choose_variant(text, int, double precision) is
  'The variant at a point of private.bucket by the shares of a phase; null when all weights are zero.';

-- Definer: experiments are not for clients to read, their own variant is.
create function private.experiment_variant(experiment private.experiments, context private.targeting_context)
  returns text
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_unit_id uuid := private.targeting_unit((experiment).unit, context);
  v_variant text;
begin
  if (experiment).state = 'draft' then
    return null;
  end if;
  if (experiment).state = 'ended' then
    return (experiment).winner;
  end if;
  -- Whoever met a variant keeps it, whatever became of shares, plan or role.
  select experiment_assignments.variant into v_variant from private.experiment_assignments
  where experiment_assignments.experiment_key = (experiment).key and experiment_assignments.unit_id = v_unit_id;
  if found then
    return v_variant;
  end if;
  if v_unit_id is null
    or not private.is_targeted((experiment).plans, (experiment).roles, context)
    or not private.is_in_share(
      private.bucket('traffic:' || (experiment).key, v_unit_id::text), (experiment).traffic_percentage
    )
  then
    return null;
  end if;
  return private.choose_variant(
    (experiment).key, (experiment).phase, private.bucket('experiment:' || (experiment).key, v_unit_id::text)
  );
end;
$$;
comment on function private.experiment_variant(private.experiments, private.targeting_context) is
  $$The variant of an experiment in a context; null for who does not take part.

The one that was met, else the one that is drawn; after the end the winner, for everybody.$$;

-- Definer: nobody holds a grant on the assignments.
create function private.expose_experiment(experiment_key text, organization_id uuid, person_id uuid)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_experiment private.experiments;
  v_context private.targeting_context;
  v_variant text;
begin
  -- Shared lock: neither its end nor new shares fall between the draw and the record of it.
  select * into v_experiment from private.experiments
  where experiments.key = expose_experiment.experiment_key for share;
  if not found then
    return null;
  end if;
  v_context := private.make_targeting_context(expose_experiment.organization_id, expose_experiment.person_id);
  v_variant := private.experiment_variant(v_experiment, v_context);
  if v_variant is null or v_experiment.state <> 'running' then
    return v_variant;
  end if;
  insert into private.experiment_assignments (experiment_key, user_id, organization_id, variant, phase)
  values (
    v_experiment.key,
    case when v_experiment.unit = 'person' then v_context.person_id end,
    case when v_experiment.unit = 'organization' then v_context.organization_id end,
    v_variant, v_experiment.phase
  )
  on conflict on constraint experiment_assignments_pkey do nothing;
  if found then
    perform private.emit_event(
      'experiment.exposed', expose_experiment.organization_id,
      jsonb_build_object(
        'experiment', v_experiment.key, 'variant', v_variant, 'user_id', expose_experiment.person_id
      ),
      'experiment.exposed:' || v_experiment.key || ':' || private.targeting_unit(v_experiment.unit, v_context)
    );
    return v_variant;
  end if;
  -- Met before, or just now in another session, perhaps by other shares.
  return private.experiment_variant(v_experiment, v_context);
end;
$$;
comment on function private.expose_experiment(text, uuid, uuid) is
  $$Records the first use of an experiment and returns the variant that the unit has from now on.

Null for who does not take part and for an experiment that does not exist. Calls after the first change nothing. Emits
the topic "experiment.exposed".$$;
grant execute on function private.expose_experiment(text, uuid, uuid) to service_role;

-- Definer: as private.expose_experiment.
create function private.record_experiment_metric(
  metric text, organization_id uuid default null, person_id uuid default null, occurred_at timestamptz default now()
)
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_count int;
begin
  insert into private.experiment_conversions (experiment_key, unit_id, metric, converted_at)
  select assignments.experiment_key, assignments.unit_id, record_experiment_metric.metric,
    record_experiment_metric.occurred_at
  from private.experiments
  join private.experiment_assignments as assignments on assignments.experiment_key = experiments.key
  where record_experiment_metric.metric = any (experiments.primary_metric || experiments.guardrail_metrics)
    and assignments.unit_id = case experiments.unit
      when 'person' then record_experiment_metric.person_id
      else record_experiment_metric.organization_id
    end
    and assignments.exposed_at <= record_experiment_metric.occurred_at
    -- Late news of something that happened while it ran still counts.
    and (experiments.ended_at is null or record_experiment_metric.occurred_at < experiments.ended_at)
  on conflict on constraint experiment_conversions_pkey do nothing;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.record_experiment_metric(text, uuid, uuid, timestamptz) is
  $$Counts that something happened, for every experiment that asks for it, and returns for how many it was new.

Only for units that were exposed before, and once for each. A domain calls it where the thing happens.$$;
grant execute on function private.record_experiment_metric(text, uuid, uuid, timestamptz) to service_role;

-- Definer: a guard of definer functions.
create function private.lock_experiment(key text, action text)
  returns private.experiments
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_experiment private.experiments;
begin
  perform private.require_platform_admin(lock_experiment.action || ' experiment');
  select * into v_experiment from private.experiments where experiments.key = lock_experiment.key for update;
  if not found then
    perform private.raise_error(404, 'experiment_not_found',
      format('Cannot %s experiment: there is no "%s"', lock_experiment.action, lock_experiment.key));
  end if;
  return v_experiment;
end;
$$;
comment on function private.lock_experiment(text, text) is
  'Guard of what operators do with an experiment: locks and returns it, otherwise 403 or 404.';

create function private.write_experiment_variants(experiment private.experiments, variants jsonb)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_phase int := (experiment).phase;
begin
  if (experiment).state = 'draft' then
    -- Nobody has met a draft, so its variants are simply made again.
    delete from private.experiment_variants where experiment_variants.experiment_key = (experiment).key;
    insert into private.experiment_variants (experiment_key, variant, position, payload)
    select (experiment).key, given.item ->> 'variant', given.number - 1, coalesce(given.item -> 'payload', '{}')
    from jsonb_array_elements(write_experiment_variants.variants) with ordinality as given (item, number);
  else
    update private.experiment_variants set payload = coalesce(given.item -> 'payload', '{}')
    from jsonb_array_elements(write_experiment_variants.variants) as given (item)
    where experiment_variants.experiment_key = (experiment).key
      and experiment_variants.variant = given.item ->> 'variant';
    if not exists (
      select from private.experiment_shares as shares
      join jsonb_array_elements(write_experiment_variants.variants) as given (item)
        on given.item ->> 'variant' = shares.variant
      where shares.experiment_key = (experiment).key and shares.phase = v_phase
        and shares.weight <> (given.item ->> 'weight')::int
    ) then
      return;
    end if;
    v_phase := v_phase + 1;
    update private.experiments set phase = v_phase where experiments.key = (experiment).key;
  end if;
  insert into private.experiment_shares (experiment_key, phase, variant, weight)
  select (experiment).key, v_phase, given.item ->> 'variant', (given.item ->> 'weight')::int
  from jsonb_array_elements(write_experiment_variants.variants) as given (item);
end;
$$;
comment on function private.write_experiment_variants(private.experiments, jsonb) is
  'Writes the variants of a draft; of a running experiment the payloads, and new weights as another phase.';
