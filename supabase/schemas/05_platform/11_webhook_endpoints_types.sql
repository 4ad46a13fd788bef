create type public.webhook_delivery_status as enum ('pending', 'delivered', 'failed');
comment on type public.webhook_delivery_status is $$Where a delivery to a webhook endpoint stands.

pending waits for its next attempt, delivered was taken with a 2xx status, failed gave up and can be replayed.$$;

create type public.webhook_disabled_reason as enum ('manual', 'gone', 'failing');
comment on type public.webhook_disabled_reason is $$Why a webhook endpoint gets nothing.

manual: somebody switched it off; gone: it answered 410; failing: nothing got through for five days.$$;
