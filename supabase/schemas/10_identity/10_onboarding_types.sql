create type public.onboarding_step_state as enum ('completed', 'dismissed');
comment on type public.onboarding_step_state is 'What became of a step: done, or put aside by the person.';
