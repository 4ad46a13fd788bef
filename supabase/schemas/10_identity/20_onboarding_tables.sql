create table public.onboarding_steps (
  step text primary key,
  kinds public.organization_kind[] not null,
  position int not null,
  title text not null,
  description text not null,
  topics text[] not null default '{}',
  constraint onboarding_steps_step_is_snake_case check (step ~ '^[a-z]+(_[a-z]+)*$'),
  constraint onboarding_steps_position_key unique (position),
  constraint onboarding_steps_kinds_are_some check (cardinality(kinds) > 0)
);
alter table public.onboarding_steps enable row level security;
revoke all on public.onboarding_steps from anon, authenticated, service_role;
grant select on public.onboarding_steps to authenticated, service_role;
create policy onboarding_steps_select_person on public.onboarding_steps
  for select to authenticated using ((select private.is_known_caller()));

comment on table public.onboarding_steps is $$What a newcomer does first, by kind of organization; a fixed list.

A domain adds its own with private.add_onboarding_step.$$;
comment on column public.onboarding_steps.step is 'Name of the step, which clients translate.';
comment on column public.onboarding_steps.kinds is 'Kinds of organizations that have the step.';
comment on column public.onboarding_steps.position is 'Order in which steps are shown.';
comment on column public.onboarding_steps.title is 'What to do, in English.';
comment on column public.onboarding_steps.description is 'Why, in English.';
comment on column public.onboarding_steps.topics is
  'Topics that complete it by themselves; without any the client calls complete_onboarding_step.';

create table public.user_onboarding (
  user_id uuid not null references public.profiles (id) on delete cascade,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  step text not null references public.onboarding_steps (step) on update cascade on delete cascade,
  state public.onboarding_step_state not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (user_id, organization_id, step)
);
create index user_onboarding_organization_id_idx on public.user_onboarding (organization_id);
create index user_onboarding_step_idx on public.user_onboarding (step);
alter table public.user_onboarding enable row level security;
revoke all on public.user_onboarding from anon, authenticated, service_role;
grant select on public.user_onboarding to authenticated;
grant select, insert, update, delete on public.user_onboarding to service_role;
create policy user_onboarding_select_self on public.user_onboarding
  for select to authenticated
  using (
    user_id = (select private.current_person_id())
    and organization_id = any (array(select private.organizations_with('organization.read')))
  );

comment on table public.user_onboarding is $$Steps that a person completed or put aside in an organization; a step without a row is open.

Read with get_my_onboarding, written by complete_onboarding_step and dismiss_onboarding, and when something happened.$$;
comment on column public.user_onboarding.user_id is 'The person.';
comment on column public.user_onboarding.organization_id is 'The organization.';
comment on column public.user_onboarding.step is 'The step.';
comment on column public.user_onboarding.state is 'What became of it.';
comment on column public.user_onboarding.created_at is 'When it was first completed or put aside.';
comment on column public.user_onboarding.updated_at is 'When the row last changed.';

create trigger t100_set_updated_at before update on public.user_onboarding
  for each row execute function private.set_updated_at();
