create type public.personal_export_state as enum ('queued', 'ready', 'failed', 'expired');
comment on type public.personal_export_state is
  'Where an export of personal data stands: being made, to be fetched, not made, or removed after its seven days.';
