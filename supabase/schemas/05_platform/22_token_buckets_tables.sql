create table private.token_buckets (
  bucket text primary key,
  capacity int not null,
  refill_count int not null,
  refill_seconds int not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint token_buckets_bucket_has_length check (char_length(bucket) between 1 and 200),
  constraint token_buckets_numbers_are_positive check (capacity > 0 and refill_count > 0 and refill_seconds > 0)
);
alter table private.token_buckets enable row level security;
revoke all on private.token_buckets from anon, authenticated, service_role;

comment on table private.token_buckets is
  'Limits of providers that all workers share, one row for each account, number or key at a provider.';
comment on column private.token_buckets.bucket is 'Provider, account and what is limited, such as "whatsapp:<number id>:messages".';
comment on column private.token_buckets.capacity is 'How many can be taken at once after a pause.';
comment on column private.token_buckets.refill_count is 'How many come back in refill_seconds, evenly.';
comment on column private.token_buckets.refill_seconds is 'See refill_count.';
comment on column private.token_buckets.created_at is 'When it was made.';
comment on column private.token_buckets.updated_at is 'When its numbers last changed.';

-- Unlogged: taking tokens waits for no disk, and after a crash buckets are full.
create unlogged table private.token_bucket_levels (
  bucket text primary key references private.token_buckets (bucket) on update cascade on delete cascade,
  token_count double precision not null,
  counted_at timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
alter table private.token_bucket_levels enable row level security;
revoke all on private.token_bucket_levels from anon, authenticated, service_role;

comment on table private.token_bucket_levels is 'How full buckets are.';
comment on column private.token_bucket_levels.bucket is 'The bucket.';
comment on column private.token_bucket_levels.token_count is
  'Tokens at that time; below zero when some were taken ahead.';
comment on column private.token_bucket_levels.counted_at is 'When that was so.';

create trigger t100_set_updated_at before update on private.token_buckets
  for each row execute function private.set_updated_at();
