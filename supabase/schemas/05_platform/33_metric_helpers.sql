create function private.latency_boundaries()
  returns int[]
  language sql immutable set search_path = ''
as $$
  select array[5, 10, 25, 50, 100, 200, 350, 500, 750, 1000, 1500, 2000, 3000, 5000, 10000, 30000]
$$;
comment on function private.latency_boundaries() is
  $$Upper ends of the buckets of a latency histogram, in milliseconds; one more bucket holds what took longer.

Never changed: rows of before could not be read. supabase/functions/_shared/observability has the same list.$$;

create function private.add_counts(counts int[], more int[])
  returns int[]
  language sql immutable set search_path = ''
as $$
  select array_agg(coalesce(pair.one, 0) + coalesce(pair.other, 0) order by pair.place)
  from unnest(add_counts.counts, add_counts.more) with ordinality as pair (one, other, place)
$$;
comment on function private.add_counts(int[], int[]) is 'The sum of two histograms, bucket by bucket.';

create function private.latency_percentile(counts bigint[], share numeric, longest_ms int)
  returns int
  language sql immutable set search_path = ''
as $$
  with buckets as (
    select
      bucket.place, bucket.size,
      coalesce((private.latency_boundaries())[bucket.place - 1], 0) as low,
      -- Nothing took longer than the longest, which also ends the last bucket.
      least(coalesce((private.latency_boundaries())[bucket.place], latency_percentile.longest_ms),
        latency_percentile.longest_ms) as high,
      sum(bucket.size) over (order by bucket.place) as below,
      sum(bucket.size) over () * latency_percentile.share as wanted
    from unnest(latency_percentile.counts) with ordinality as bucket (size, place)
  )
  select round(buckets.low + (greatest(buckets.high, buckets.low) - buckets.low)
    * (buckets.wanted - (buckets.below - buckets.size)) / buckets.size)::int
  from buckets
  where buckets.size > 0 and buckets.below >= buckets.wanted
  order by buckets.place
  limit 1
$$;
comment on function private.latency_percentile(bigint[], numeric, int) is
  $$Milliseconds that a share of the calls stayed below, such as 0.95, from a histogram and its longest call.

Between the ends of a bucket the calls are taken as evenly spread. Null when there were none.$$;
