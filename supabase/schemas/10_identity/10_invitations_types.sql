create type public.invitation_kind as enum ('one_time', '24_hour');
comment on type public.invitation_kind is $$How long an invitation can be accepted, which is always once.

"one_time" for seven days (setting invitations.lifetime_hours), "24_hour" for 24 hours.$$;

create type public.invitation_status as enum ('pending', 'accepted', 'declined', 'revoked', 'expired');
comment on type public.invitation_status is 'What became of an invitation; one that is not pending never changes again.';

create type public.ownership_transfer_status as enum ('pending', 'accepted', 'declined', 'cancelled', 'expired');
comment on type public.ownership_transfer_status is
  'What became of an offer of ownership; one that is not pending never changes again.';
