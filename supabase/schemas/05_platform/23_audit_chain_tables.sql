-- Every entry stands here from its own transaction on until it is sealed. So no entry can be skipped, however late its
-- transaction commits: it is sealed by the first run that sees it. That needs no clock and no order of ids.
create table private.audit_unsealed (
  log_id bigint primary key,
  chain_id uuid not null,
  occurred_at timestamptz not null
);
comment on table private.audit_unsealed is
  'Audit entries that are not yet sealed into the hash chain of their organization.';
comment on column private.audit_unsealed.log_id is 'Id of the entry.';
comment on column private.audit_unsealed.chain_id is 'The chain it goes into, as private.audit_chain_id says.';
comment on column private.audit_unsealed.occurred_at is 'When it happened, which finds its partition.';

create table private.audit_chains (
  chain_id uuid primary key,
  sequence bigint not null,
  hash bytea not null,
  sealed_at timestamptz not null,
  dropped_sequence bigint,
  dropped_hash bytea,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint audit_chains_dropped_hash_matches_sequence check ((dropped_sequence is null) = (dropped_hash is null)),
  constraint audit_chains_dropped_sequence_is_passed check (dropped_sequence <= sequence)
);
comment on table private.audit_chains is
  'The two ends of each hash chain: the last seal, and the last one that was dropped with its month.';
comment on column private.audit_chains.chain_id is
  'The organization, which may be gone; all zeros for entries of no organization.';
comment on column private.audit_chains.sequence is 'Number of the last seal.';
comment on column private.audit_chains.hash is 'Hash of the last seal.';
comment on column private.audit_chains.sealed_at is 'When the last seal was set.';
comment on column private.audit_chains.dropped_sequence is
  'Number of the last seal that is not kept any more; null while all are.';
comment on column private.audit_chains.dropped_hash is 'Hash of that seal: where the kept chain begins.';
comment on column private.audit_chains.created_at is 'When the chain began.';
comment on column private.audit_chains.updated_at is 'When the row last changed.';

create table private.audit_seals (
  chain_id uuid not null,
  sequence bigint not null,
  log_id bigint not null,
  occurred_at timestamptz not null,
  entry_digest bytea not null,
  hash bytea not null,
  sealed_at timestamptz not null,
  primary key (chain_id, sequence, sealed_at)
) partition by range (sealed_at);
create index audit_seals_log_id_idx on private.audit_seals (log_id);
comment on table private.audit_seals is $$The hash chains over the audit entries, one for each organization.

hash = sha256(hash of the seal before || entry_digest). Whoever changes, removes, adds or reorders sealed entries has to
rewrite every later seal of the chain and its end in audit_chains.$$;
comment on column private.audit_seals.chain_id is 'Which chain.';
comment on column private.audit_seals.sequence is 'Place in the chain, from 1 without a gap.';
comment on column private.audit_seals.log_id is 'The entry.';
comment on column private.audit_seals.occurred_at is 'When the entry happened, which finds its partition.';
comment on column private.audit_seals.entry_digest is
  'SHA-256 of the entry, which stays when the entry goes with its month.';
comment on column private.audit_seals.hash is 'Hash of the chain up to here.';
comment on column private.audit_seals.sealed_at is
  'When it was sealed; grows along the chain, so that a month of seals is its oldest part.';

create table private.audit_dropped_months (
  month timestamptz primary key,
  entry_count bigint not null,
  dropped_at timestamptz not null default now()
);
comment on table private.audit_dropped_months is 'Months of the audit log that the retention job dropped.';
comment on column private.audit_dropped_months.month is 'First moment of the month (UTC).';
comment on column private.audit_dropped_months.entry_count is 'How many entries it had.';
comment on column private.audit_dropped_months.dropped_at is 'When it was dropped.';
