create function private.audit_chain_id(organization_id uuid)
  returns uuid
  language sql immutable set search_path = ''
as $$
  select coalesce(audit_chain_id.organization_id, '00000000-0000-0000-0000-000000000000')
$$;
comment on function private.audit_chain_id(uuid) is
  'The hash chain of an organization''s audit entries; all zeros for entries of no organization.';

create function private.audit_chain_start(chain_id uuid)
  returns bytea
  language sql immutable set search_path = ''
as $$
  select sha256(convert_to('audit chain ' || audit_chain_start.chain_id, 'UTF8'))
$$;
comment on function private.audit_chain_start(uuid) is
  'What stands before the first seal of a chain, different for each.';

create function private.audit_entry_digest(entry public.audit_logs)
  returns bytea
  language plpgsql stable set search_path = ''
as $$
begin
  -- Nothing here depends on a setting of the session, such as its time zone.
  return sha256(convert_to(
    jsonb_build_array(
      entry.id, entry.organization_id, entry.actor_kind, entry.actor_id, entry.impersonated_user_id, entry.action,
      entry.object_type, entry.object_id, entry.changes, entry.ip_address, entry.user_agent, entry.request_id,
      extract(epoch from entry.occurred_at)
    )::text, 'UTF8'
  ));
end;
$$;
comment on function private.audit_entry_digest(public.audit_logs) is 'SHA-256 over every column of an audit entry.';

create function private.seal_audit_logs(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_now timestamptz := clock_timestamp();
  v_entry record;
  v_chain_id uuid;
  v_sequence bigint;
  v_hash bytea;
  v_chain_ids uuid[] := '{}';
  v_sequences bigint[] := '{}';
  v_log_ids bigint[] := '{}';
  v_digests bytea[] := '{}';
  v_hashes bytea[] := '{}';
begin
  -- One at a time; the statements below see what the one before us sealed.
  perform pg_advisory_xact_lock(hashtextextended('private.seal_audit_logs', 0));
  perform private.ensure_month_partition('private.audit_seals'::regclass, v_now);
  for v_entry in
    select batch.chain_id, batch.log_id, batch.digest
    from (
      -- An entry that vanished before it was sealed keeps its row here: the verifier names it.
      select audit_unsealed.chain_id, audit_unsealed.log_id, private.audit_entry_digest(audit_logs) as digest
      from private.audit_unsealed
      join public.audit_logs
        on audit_logs.id = audit_unsealed.log_id and audit_logs.occurred_at = audit_unsealed.occurred_at
      order by audit_unsealed.log_id
      limit seal_audit_logs.batch_size
    ) as batch
    order by batch.chain_id, batch.log_id
  loop
    if v_chain_id is distinct from v_entry.chain_id then
      v_chain_id := v_entry.chain_id;
      select audit_chains.sequence, audit_chains.hash into v_sequence, v_hash
      from private.audit_chains where audit_chains.chain_id = v_chain_id;
      if not found then
        v_sequence := 0;
        v_hash := private.audit_chain_start(v_chain_id);
      end if;
    end if;
    v_sequence := v_sequence + 1;
    v_hash := sha256(v_hash || v_entry.digest);
    v_chain_ids := array_append(v_chain_ids, v_chain_id);
    v_sequences := array_append(v_sequences, v_sequence);
    v_log_ids := array_append(v_log_ids, v_entry.log_id);
    v_digests := array_append(v_digests, v_entry.digest);
    v_hashes := array_append(v_hashes, v_hash);
  end loop;
  with sealed as (
    delete from private.audit_unsealed where audit_unsealed.log_id = any (v_log_ids)
    returning audit_unsealed.log_id, audit_unsealed.occurred_at
  ),
  seals as (
    insert into private.audit_seals as made (chain_id, sequence, log_id, occurred_at, entry_digest, hash, sealed_at)
    select seal.chain_id, seal.sequence, seal.log_id, sealed.occurred_at, seal.digest, seal.hash,
      -- A clock that was set back must not put a later seal into an earlier month.
      greatest(v_now, audit_chains.sealed_at)
    from unnest(v_chain_ids, v_sequences, v_log_ids, v_digests, v_hashes)
      as seal (chain_id, sequence, log_id, digest, hash)
    join sealed on sealed.log_id = seal.log_id
    left join private.audit_chains on audit_chains.chain_id = seal.chain_id
    returning made.chain_id, made.sequence, made.hash, made.sealed_at
  )
  insert into private.audit_chains (chain_id, sequence, hash, sealed_at)
  select distinct on (seals.chain_id) seals.chain_id, seals.sequence, seals.hash, seals.sealed_at
  from seals order by seals.chain_id, seals.sequence desc
  on conflict (chain_id) do update
    set sequence = excluded.sequence, hash = excluded.hash, sealed_at = excluded.sealed_at;
  return cardinality(v_log_ids);
end;
$$;
comment on function private.seal_audit_logs(int) is
  $$Seals entries of the audit log into the hash chains of their organizations, oldest first, and returns how many.

Entries of a transaction that is still open are not seen; they are sealed by the first run after its commit.$$;

create function private.check_audit_chain(
  chain_id uuid, after_sequence bigint, batch_size int,
  out is_intact boolean, out problem text, out broken_sequence bigint, out broken_entry_id bigint,
  out checked_count bigint, out checked_sequence bigint, out is_complete boolean,
  out head_sequence bigint, out head_hash text, out oldest_sequence bigint, out oldest_hash text,
  out unsealed_count bigint, out oldest_unsealed_at timestamptz
)
  -- Stable on purpose: all its statements look at the same moment, while entries are written and sealed.
  language plpgsql stable set search_path = ''
as $$
declare
  v_chain private.audit_chains;
  v_start bytea := private.audit_chain_start(check_audit_chain.chain_id);
  v_hash bytea;
  v_seal record;
begin
  select * into v_chain from private.audit_chains where audit_chains.chain_id = check_audit_chain.chain_id;
  head_sequence := coalesce(v_chain.sequence, 0);
  head_hash := encode(coalesce(v_chain.hash, v_start), 'hex');
  oldest_sequence := coalesce(v_chain.dropped_sequence, 0);
  v_hash := coalesce(v_chain.dropped_hash, v_start);
  oldest_hash := encode(v_hash, 'hex');
  select count(*), min(audit_unsealed.occurred_at) into unsealed_count, oldest_unsealed_at
  from private.audit_unsealed where audit_unsealed.chain_id = check_audit_chain.chain_id;
  checked_count := 0;
  checked_sequence := greatest(check_audit_chain.after_sequence, oldest_sequence);
  is_complete := false;
  if checked_sequence > oldest_sequence then
    select audit_seals.hash into v_hash from private.audit_seals
    where audit_seals.chain_id = check_audit_chain.chain_id and audit_seals.sequence = checked_sequence;
    if not found then
      problem := 'seal_missing';
      broken_sequence := checked_sequence;
    end if;
  end if;
  for v_seal in
    select audit_seals.sequence, audit_seals.log_id, audit_seals.entry_digest, audit_seals.hash,
      case when audit_logs.id is not null then private.audit_entry_digest(audit_logs) end as digest,
      exists (
        select from private.audit_dropped_months
        where audit_seals.occurred_at >= audit_dropped_months.month
          and audit_seals.occurred_at < audit_dropped_months.month + interval '1 month'
      ) as is_dropped
    from private.audit_seals
    left join public.audit_logs
      on audit_logs.id = audit_seals.log_id and audit_logs.occurred_at = audit_seals.occurred_at
    where audit_seals.chain_id = check_audit_chain.chain_id and audit_seals.sequence > checked_sequence
      and problem is null
    order by audit_seals.sequence
    limit check_audit_chain.batch_size
  loop
    problem := case
      when v_seal.sequence <> checked_sequence + 1 then 'seal_missing'
      when v_seal.hash <> sha256(v_hash || v_seal.entry_digest) then 'seal_changed'
      when v_seal.digest is null and not v_seal.is_dropped then 'entry_missing'
      when v_seal.digest <> v_seal.entry_digest then 'entry_changed'
    end;
    if problem is not null then
      broken_sequence := checked_sequence + 1;
      broken_entry_id := case when problem <> 'seal_missing' then v_seal.log_id end;
      exit;
    end if;
    checked_sequence := v_seal.sequence;
    checked_count := checked_count + 1;
    v_hash := v_seal.hash;
  end loop;
  is_complete := problem is null and checked_count < check_audit_chain.batch_size;
  if is_complete then
    if checked_sequence < head_sequence then
      problem := 'tail_missing';
      broken_sequence := checked_sequence + 1;
    elsif checked_sequence > head_sequence or encode(v_hash, 'hex') <> head_hash then
      problem := 'head_changed';
      broken_sequence := head_sequence;
    end if;
  end if;
  if is_complete and problem is null then
    select stray.problem, stray.entry_id into problem, broken_entry_id
    from (
      select 'entry_missing' as problem, audit_unsealed.log_id as entry_id
      from private.audit_unsealed
      where audit_unsealed.chain_id = check_audit_chain.chain_id and not exists (
        select from public.audit_logs
        where audit_logs.id = audit_unsealed.log_id and audit_logs.occurred_at = audit_unsealed.occurred_at
      )
      union all
      select 'entry_unknown', audit_logs.id
      from public.audit_logs
      where audit_logs.organization_id is not distinct from
          nullif(check_audit_chain.chain_id, private.audit_chain_id(null))
        and not exists (
          select from private.audit_seals
          where audit_seals.log_id = audit_logs.id and audit_seals.occurred_at = audit_logs.occurred_at
            and audit_seals.chain_id = check_audit_chain.chain_id
        )
        and not exists (select from private.audit_unsealed where audit_unsealed.log_id = audit_logs.id)
    ) as stray
    order by stray.entry_id
    limit 1;
  end if;
  is_intact := problem is null;
end;
$$;
comment on function private.check_audit_chain(uuid, bigint, int) is
  'Body of public.verify_audit_chain, without its guard.';
