create function public.get_my_onboarding(organization_id uuid)
  returns jsonb
  language plpgsql stable set search_path = ''
as $$
declare
  v_steps jsonb;
begin
  perform private.require_permission(get_my_onboarding.organization_id, 'organization.read', 'read onboarding');
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'step', steps.step, 'title', steps.title, 'description', steps.description,
        'state', coalesce(progress.state::text, 'open'),
        'completed_at', case when progress.state = 'completed' then progress.updated_at end
      )
      order by steps.position
    ),
    '[]'
  )
  into v_steps
  from public.organizations
  join public.onboarding_steps as steps on organizations.kind = any (steps.kinds)
  left join public.user_onboarding as progress
    on progress.step = steps.step and progress.organization_id = organizations.id
    and progress.user_id = (select private.current_person_id())
  where organizations.id = get_my_onboarding.organization_id;
  return (
    select jsonb_build_object(
      'organization_id', get_my_onboarding.organization_id,
      -- What was put aside asks for nothing any more.
      'percent', coalesce(
        round(100.0 * count(*) filter (where step ->> 'state' <> 'open') / nullif(count(*), 0)), 100
      )::int,
      'is_finished', count(*) filter (where step ->> 'state' = 'open') = 0,
      'steps', v_steps
    )
    from jsonb_array_elements(v_steps) as step
  );
end;
$$;
comment on function public.get_my_onboarding(uuid) is
  $$How far the caller is in an organization: {organization_id, percent, is_finished, steps}; members only.

Steps are those of the kind of organization, in order, as {step, title, description, state, completed_at}; state is
"open", "completed" or "dismissed". Many complete themselves when what they ask for happens.$$;
grant execute on function public.get_my_onboarding(uuid) to authenticated;

-- Definer: clients hold no insert on the progress.
create function private.change_onboarding(
  organization_id uuid, step text, state public.onboarding_step_state, action text
)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.acting_person_id();
begin
  perform private.require_permission(
    change_onboarding.organization_id, 'organization.read', change_onboarding.action
  );
  if v_person_id is null then
    perform private.raise_error(403, 'person_required',
      format('Cannot %s: no active person is signed in', change_onboarding.action));
  end if;
  if change_onboarding.step is not null and not exists (
    select from public.onboarding_steps
    join public.organizations on organizations.kind = any (onboarding_steps.kinds)
    where organizations.id = change_onboarding.organization_id and onboarding_steps.step = change_onboarding.step
  ) then
    perform private.raise_error(404, 'onboarding_step_not_found',
      format('Cannot %s: the organization has no step "%s"', change_onboarding.action, change_onboarding.step));
  end if;
  perform private.set_onboarding_step(
    v_person_id, change_onboarding.organization_id, onboarding_steps.step, change_onboarding.state
  )
  from public.onboarding_steps
  join public.organizations on organizations.kind = any (onboarding_steps.kinds)
  where organizations.id = change_onboarding.organization_id
    and (change_onboarding.step is null or onboarding_steps.step = change_onboarding.step);
end;
$$;
comment on function private.change_onboarding(uuid, text, public.onboarding_step_state, text) is
  'Body of public.complete_onboarding_step and public.dismiss_onboarding.';
grant execute on function private.change_onboarding(uuid, text, public.onboarding_step_state, text) to authenticated;

create function public.complete_onboarding_step(organization_id uuid, step text)
  returns jsonb
  language plpgsql volatile set search_path = ''
as $$
begin
  if complete_onboarding_step.step is null then
    perform private.raise_error(404, 'onboarding_step_not_found', 'Cannot complete step: it has no name');
  end if;
  perform private.change_onboarding(
    complete_onboarding_step.organization_id, complete_onboarding_step.step, 'completed', 'complete step'
  );
  return public.get_my_onboarding(complete_onboarding_step.organization_id);
end;
$$;
comment on function public.complete_onboarding_step(uuid, text) is
  'Notes that the caller did a step that nothing else notices, and returns what get_my_onboarding answers.';
grant execute on function public.complete_onboarding_step(uuid, text) to authenticated;

create function public.dismiss_onboarding(organization_id uuid, step text default null)
  returns jsonb
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.change_onboarding(
    dismiss_onboarding.organization_id, dismiss_onboarding.step, 'dismissed', 'dismiss onboarding'
  );
  return public.get_my_onboarding(dismiss_onboarding.organization_id);
end;
$$;
comment on function public.dismiss_onboarding(uuid, text) is
  'Puts a step aside, or all that are open, and returns what get_my_onboarding answers. What is done stays done.';
grant execute on function public.dismiss_onboarding(uuid, text) to authenticated;
