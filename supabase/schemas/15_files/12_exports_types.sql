create type public.export_state as enum ('queued', 'running', 'ready', 'failed', 'cancelled', 'expired');
comment on type public.export_state is
  $$Where an export stands: waiting for a worker, being written, to be fetched, not made, called off, or removed when its
time was over.$$;

create type public.export_format as enum ('csv', 'xlsx', 'json', 'ndjson');
comment on type public.export_format is
  'How an export is written: comma-separated text, a workbook of Excel, one JSON array, or one JSON object on each line.';
