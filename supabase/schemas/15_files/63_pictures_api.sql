-- What the jobs that make pictures tell the database.

-- Definer: the backend writes through functions alone.
create function private.show_picture(folder_id uuid, object_path text, is_offer boolean)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_is_shown boolean;
begin
  update public.profiles set avatar_path = show_picture.object_path
  where profiles.id = show_picture.folder_id and profiles.deleted_at is null
    and (profiles.avatar_path is null or not show_picture.is_offer);
  v_is_shown := found;
  if not v_is_shown and not show_picture.is_offer then
    update public.organizations set logo_path = show_picture.object_path
    where organizations.id = show_picture.folder_id and organizations.deleted_at is null;
    v_is_shown := found;
  end if;
  if v_is_shown then
    perform private.broadcast_picture(show_picture.folder_id, null);
  end if;
  return v_is_shown;
end;
$$;
comment on function private.show_picture(uuid, text, boolean) is 'Body of public.show_picture.';
grant execute on function private.show_picture(uuid, text, boolean) to service_role;

create function public.show_picture(folder_id uuid, object_path text, is_offer boolean default false)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.show_picture(show_picture.folder_id, show_picture.object_path, show_picture.is_offer)
$$;
comment on function public.show_picture(uuid, text, boolean) is
  $$Makes an object of bucket "avatars" the picture of the person or organization whose folder it is in.

For the backend itself. is_offer: only where a person has none. False when nobody took it: the object is of no use then.$$;
grant execute on function public.show_picture(uuid, text, boolean) to service_role;

-- Called by definer functions alone.
create function private.broadcast_picture(folder_id uuid, problem text)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_payload jsonb := jsonb_build_object('id', broadcast_picture.folder_id, 'problem', broadcast_picture.problem);
begin
  perform realtime.send(v_payload, 'picture_changed', 'user:' || profiles.id, true)
  from public.profiles where profiles.id = broadcast_picture.folder_id;
  perform realtime.send(v_payload, 'picture_changed', 'organization:' || organizations.id || ':' || organizations.topic_epoch, true)
  from public.organizations where organizations.id = broadcast_picture.folder_id;
end;
$$;
comment on function private.broadcast_picture(uuid, text) is
  'Tells the channel of a person or organization that its picture is there, or why it was refused: event "picture_changed".';

-- Definer: as private.show_picture.
create function private.refuse_picture(folder_id uuid, problem text)
  returns void
  language sql volatile security definer set search_path = ''
as $$
  select private.broadcast_picture(refuse_picture.folder_id, refuse_picture.problem)
$$;
comment on function private.refuse_picture(uuid, text) is 'Body of public.refuse_picture.';
grant execute on function private.refuse_picture(uuid, text) to service_role;

create function public.refuse_picture(folder_id uuid, problem text)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.refuse_picture(refuse_picture.folder_id, refuse_picture.problem)
$$;
comment on function public.refuse_picture(uuid, text) is
  'Tells a person or an organization why a picture that was uploaded is not shown. For the backend itself.';
grant execute on function public.refuse_picture(uuid, text) to service_role;
