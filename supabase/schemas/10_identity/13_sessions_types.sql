create type public.own_session as (
  id uuid,
  device text,
  ip_address inet,
  created_at timestamptz,
  last_used_at timestamptz,
  expires_at timestamptz,
  assurance_level text,
  is_current boolean
);
comment on type public.own_session is 'A device on which the caller is signed in.';
comment on column public.own_session.id is 'What end_session takes.';
comment on column public.own_session.device is 'Program and system as the device names them, such as "Firefox on Windows".';
comment on column public.own_session.ip_address is 'Address it was last used from; null when unknown.';
comment on column public.own_session.created_at is 'When the person signed in.';
comment on column public.own_session.last_used_at is
  'When it last fetched a token, which clients do when the former one runs out, at least every 24 hours.';
comment on column public.own_session.expires_at is 'When it ends at the latest, 30 days after the sign-in.';
comment on column public.own_session.assurance_level is '"aal2" when it was signed in with a second factor, else "aal1".';
comment on column public.own_session.is_current is 'Whether it is the session that asks.';

create type public.sign_in as (
  id bigint,
  occurred_at timestamptz,
  is_successful boolean,
  device text,
  ip_address inet
);
comment on type public.sign_in is 'A sign-in of the caller, or a wrong password for the caller''s account.';
comment on column public.sign_in.id is 'What list_my_sign_ins takes as before_id for the next page.';
comment on column public.sign_in.occurred_at is 'When it happened.';
comment on column public.sign_in.is_successful is 'False for a wrong password.';
comment on column public.sign_in.device is 'As in own_session; null when Auth does not tell, as for wrong passwords.';
comment on column public.sign_in.ip_address is 'Where from; null when Auth does not tell.';
