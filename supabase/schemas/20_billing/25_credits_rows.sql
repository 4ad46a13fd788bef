insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('credits.read', true, 'See the credits of the organization and what they were spent on');
insert into public.role_permissions (role, permission)
select roles.role, 'credits.read' from public.roles where not roles.is_outsider;

-- Without a plan, which is the Free one (decisions C-02, C-03).
insert into private.limit_definitions (key, default_value, description) values
  ('daily_credits', 50, 'Credits granted each day, gone at the next 00:00 UTC'),
  ('initial_credits', 200, 'Credits granted once, at sign-up');

insert into public.credit_actions (action, credit_count, description) values
  ('assistant_chat_turn', 1, 'A turn of a conversation with the assistant'),
  ('assistant_librarian', 1, 'An answer of the librarian'),
  ('assistant_mentor', 2, 'An answer of the mentor'),
  ('investor_search', 5, 'A search for investors'),
  ('outreach_message', 2, 'A generated outreach message'),
  ('pitch_deck_analysis', 10, 'An analysis of a pitch deck');

select private.define_setting(
  'credits.reservation_minutes', 'integer', '15', 'How long credits stay set aside for what is being done',
  minimum := 1, maximum := 1440
);
select private.define_setting(
  'credits.unlimited_daily_count', 'integer', '1000000', 'Credits a day where a plan says unlimited', minimum := 1
);
select private.define_setting(
  'credits.refund_days', 'integer', '30', 'How long credits last that are given back after their wallet expired',
  minimum := 1, maximum := 366
);
select private.define_setting(
  'credits.low_count', 'integer', '10', 'Credits below which the organization is told that few are left', minimum := 0,
  is_overridable := true
);

select private.audit_table('public.credit_actions', '{credit_count, is_active}', organization_column := null);
select private.register_personal_data('public.credit_reservations', 'person_id', 'keep');
