-- Definer: as private.list_experiments.
create function private.record_experiment_exposure(experiment_key text, organization_id uuid)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- Who looks at the product as somebody else leaves no trace in their experiments.
  v_person_id uuid := private.acting_person_id();
begin
  if v_person_id is null then
    perform private.raise_error(403, 'person_required', 'Cannot record exposure: nobody is signed in as themselves');
  end if;
  if record_experiment_exposure.organization_id is not null then
    perform private.require_permission(
      record_experiment_exposure.organization_id, 'organization.read', 'record exposure');
  end if;
  if not exists (
    select from private.experiments
    where experiments.key = record_experiment_exposure.experiment_key and experiments.is_public
      and experiments.state <> 'draft'
  ) then
    perform private.raise_error(404, 'experiment_not_found',
      format('Cannot record exposure: there is no "%s"', record_experiment_exposure.experiment_key));
  end if;
  return private.expose_experiment(
    record_experiment_exposure.experiment_key, record_experiment_exposure.organization_id, v_person_id);
end;
$$;
comment on function private.record_experiment_exposure(text, uuid) is 'Body of public.record_experiment_exposure.';
grant execute on function private.record_experiment_exposure(text, uuid) to authenticated;

create function public.record_experiment_exposure(experiment_key text, organization_id uuid default null)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.record_experiment_exposure(
    record_experiment_exposure.experiment_key, record_experiment_exposure.organization_id
  )
$$;
comment on function public.record_experiment_exposure(text, uuid) is
  $$Tells that the caller meets an experiment now, and returns the variant to show: theirs from now on.

To be called at the first use and not before, because results count from here. Further calls change nothing. Null for
who does not take part: show the control.$$;
grant execute on function public.record_experiment_exposure(text, uuid) to authenticated;

create function public.expose_experiment(
  experiment_key text, organization_id uuid default null, user_id uuid default null
)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.expose_experiment(
    expose_experiment.experiment_key, expose_experiment.organization_id, expose_experiment.user_id
  )
$$;
comment on function public.expose_experiment(text, uuid, uuid) is
  $$Records that a person or an organization meets an experiment, and returns their variant. For the backend itself.

Null for who does not take part.$$;
grant execute on function public.expose_experiment(text, uuid, uuid) to service_role;

create function public.record_experiment_metric(
  metric text, organization_id uuid default null, user_id uuid default null, occurred_at timestamptz default now()
)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.record_experiment_metric(
    record_experiment_metric.metric, record_experiment_metric.organization_id, record_experiment_metric.user_id,
    record_experiment_metric.occurred_at
  )
$$;
comment on function public.record_experiment_metric(text, uuid, uuid, timestamptz) is
  $$Counts that a person or an organization did something, for all experiments that measure it. For the backend itself.

Returns for how many experiments it was new.$$;
grant execute on function public.record_experiment_metric(text, uuid, uuid, timestamptz) to service_role;
