-- Definer: settings, flags and experiments are not for clients to read, their answers are.
create function private.get_client_config(organization_id uuid)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.current_person_id();
  v_context private.targeting_context;
  v_access public.organization_access;
  v_organization jsonb;
begin
  if get_client_config.organization_id is not null then
    -- Answers 404 to strangers, before anything of the organization is read.
    v_access := public.get_my_access(get_client_config.organization_id);
    select to_jsonb(v_access) || jsonb_build_object(
      'topic', 'organization:' || organizations.id || ':' || organizations.topic_epoch,
      'topic_epoch', organizations.topic_epoch
    )
    into v_organization
    from public.organizations where organizations.id = get_client_config.organization_id;
  end if;
  v_context := private.make_targeting_context(get_client_config.organization_id, v_person_id);
  -- A service account has a role, too.
  v_context.role := v_access.role;
  return jsonb_build_object(
    'person_id', v_person_id,
    'topic', 'user:' || v_person_id,
    'organization', v_organization,
    'settings', (
      select coalesce(
        jsonb_object_agg(settings.key, coalesce(setting_overrides.value, settings.value, settings.default_value)), '{}'
      )
      from private.settings
      left join private.setting_overrides
        on setting_overrides.key = settings.key and settings.is_overridable
        and setting_overrides.organization_id = get_client_config.organization_id
      where settings.is_public
    ),
    'flags', (
      select coalesce(
        jsonb_object_agg(flags.key, private.is_flag_on(flags, named.is_on, v_context)), '{}'
      )
      from private.feature_flags as flags
      left join private.feature_flag_organizations as named
        on named.flag_key = flags.key and named.organization_id = get_client_config.organization_id
      where flags.is_public
    ),
    'experiments', (
      select coalesce(
        jsonb_object_agg(
          chosen.key, jsonb_build_object('variant', chosen.variant, 'payload', experiment_variants.payload)
        ), '{}'
      )
      from (
        select experiments.key, private.experiment_variant(experiments, v_context) as variant
        from private.experiments where experiments.is_public and experiments.state <> 'draft'
      ) as chosen
      join private.experiment_variants
        on experiment_variants.experiment_key = chosen.key and experiment_variants.variant = chosen.variant
    )
  );
end;
$$;
comment on function private.get_client_config(uuid) is 'Body of public.get_client_config.';
grant execute on function private.get_client_config(uuid) to anon, authenticated;

create function public.get_client_config(organization_id uuid default null)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_client_config(get_client_config.organization_id)
$$;
comment on function public.get_client_config(uuid) is
  $$All that a client needs at its start, in one call: {person_id, topic, organization, settings, flags, experiments}.

Open to everybody; who is not signed in gets public settings, and the flags and ended experiments that are for all.
"settings" and "flags" are values by key, "experiments" hold {variant, payload} of those that the caller takes part in
(call record_experiment_exposure at the first use). With an organization (members only) "organization" holds what
get_my_access answers, and its realtime topic in the present epoch; call again on the broadcast "access_changed".$$;
grant execute on function public.get_client_config(uuid) to anon, authenticated;
