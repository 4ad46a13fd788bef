create function private.subscribe(topic_pattern text, kind text, queue text default 'default')
  returns void
  language sql volatile set search_path = ''
as $$
  -- The id is made from what it names, so that every installation has the same rows.
  insert into private.event_subscriptions (id, topic_pattern, kind, queue)
  values (md5(subscribe.topic_pattern || ' ' || subscribe.kind)::uuid, subscribe.topic_pattern, subscribe.kind, subscribe.queue)
  on conflict do nothing
$$;
comment on function private.subscribe(text, text, text) is $$Has every event of a topic become a job of a kind, for all organizations.

What a domain calls in its own SQL, once. topic_pattern is a topic, "subject.*" or "*".$$;
