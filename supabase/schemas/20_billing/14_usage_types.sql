create type public.usage_metric_kind as enum ('counter', 'gauge');
comment on type public.usage_metric_kind is $$How use is measured.

counter: what happened is added up, such as messages; gauge: how much there is at a time, such as plots.$$;

create type public.usage_limit_span as enum ('moment', 'day', 'month');
comment on type public.usage_limit_span is $$What the limit of a metric is for.

moment: what there may be at any time; day and month: what may happen in one, in UTC.$$;
