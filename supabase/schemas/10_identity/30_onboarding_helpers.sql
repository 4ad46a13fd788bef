create function private.add_onboarding_step(
  step text, kinds public.organization_kind[], "position" int, title text, description text, topics text[] default '{}'
)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  insert into public.onboarding_steps as steps (step, kinds, position, title, description, topics)
  values (
    add_onboarding_step.step, add_onboarding_step.kinds, add_onboarding_step."position", add_onboarding_step.title,
    add_onboarding_step.description, add_onboarding_step.topics
  )
  on conflict on constraint onboarding_steps_pkey do update set
    kinds = excluded.kinds, position = excluded.position, title = excluded.title, description = excluded.description,
    topics = excluded.topics;
  perform private.subscribe(topic, 'onboarding.complete') from unnest(add_onboarding_step.topics) as topic;
end;
$$;
comment on function
  private.add_onboarding_step(text, public.organization_kind[], int, text, text, text[])
is $$Adds a step to the onboarding, for migrations; one line in the domain whose topics complete it.

An event with a "user_id" completes the step for that person, in its organization or, without one, in all of theirs;
an event with an organization alone completes it for all of its members.$$;

select private.add_onboarding_step(
  'complete_profile', '{personal, company, startup, fund}', 10, 'Complete your profile',
  'A headline and a picture tell others who you are', '{profile.completed}'
);
select private.add_onboarding_step(
  'brand_organization', '{company, startup, fund}', 20, 'Give your organization a face',
  'Logo and colours appear on its pages and mails', '{organization.branded}'
);
select private.add_onboarding_step(
  'invite_colleagues', '{company, startup, fund}', 30, 'Bring your colleagues',
  'Work together instead of alone', '{invitation.created, member.joined}'
);
select private.add_onboarding_step(
  'take_tour', '{personal, company, startup, fund}', 90, 'Take the tour', 'Three minutes, and you know your way around'
);

-- Definer: clients hold no insert.
create function private.set_onboarding_step(
  user_id uuid, organization_id uuid, step text, state public.onboarding_step_state
)
  returns void
  language sql volatile security definer set search_path = ''
as $$
  insert into public.user_onboarding as progress (user_id, organization_id, step, state)
  values (
    set_onboarding_step.user_id, set_onboarding_step.organization_id, set_onboarding_step.step, set_onboarding_step.state
  )
  on conflict on constraint user_onboarding_pkey do update set state = excluded.state
  -- Done stays done.
  where progress.state = 'dismissed' and excluded.state = 'completed'
$$;
comment on function private.set_onboarding_step(uuid, uuid, text, public.onboarding_step_state) is
  'Notes that a person completed or put aside a step; what is done stays done.';

create function private.complete_onboarding_by_event(topic text, organization_id uuid, user_id uuid)
  returns int
  language sql volatile security definer set search_path = ''
as $$
  -- Definer: runs for the worker, which holds no grant on memberships of others' organizations.
  with done as (
    select memberships.user_id, memberships.organization_id, steps.step,
      private.set_onboarding_step(memberships.user_id, memberships.organization_id, steps.step, 'completed')
    from public.onboarding_steps as steps
    join public.organizations on organizations.kind = any (steps.kinds) and organizations.deleted_at is null
    join public.memberships on memberships.organization_id = organizations.id and memberships.status = 'active'
    where complete_onboarding_by_event.topic = any (steps.topics)
      and memberships.user_id is not null
      and (
        complete_onboarding_by_event.organization_id is null
        or organizations.id = complete_onboarding_by_event.organization_id
      )
      and (
        complete_onboarding_by_event.user_id is null
        or memberships.user_id = complete_onboarding_by_event.user_id
      )
      and num_nonnulls(complete_onboarding_by_event.organization_id, complete_onboarding_by_event.user_id) > 0
  )
  select count(*)::int from done
$$;
comment on function private.complete_onboarding_by_event(text, uuid, uuid) is
  'Completes the steps that a topic completes, for one person or all members of an organization; returns how many.';
grant execute on function private.complete_onboarding_by_event(text, uuid, uuid) to service_role;

create function public.complete_onboarding_by_event(
  topic text, organization_id uuid default null, user_id uuid default null
)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.complete_onboarding_by_event(
    complete_onboarding_by_event.topic, complete_onboarding_by_event.organization_id, complete_onboarding_by_event.user_id
  )
$$;
comment on function public.complete_onboarding_by_event(text, uuid, uuid) is
  'Completes the onboarding steps that a topic completes and returns how many. For the backend itself.';
grant execute on function public.complete_onboarding_by_event(text, uuid, uuid) to service_role;
