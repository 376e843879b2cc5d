-- How many features became newly and widely available in a month, and how many were by its end.
with events as (
  select cast({{ dbt.date_trunc('month', 'baseline_low_date') }} as date) as baseline_month, 1 as newly, 0 as widely
  from {{ ref('dim_features') }}
  where baseline_low_date is not null
  union all
  select cast({{ dbt.date_trunc('month', 'baseline_high_date') }} as date) as baseline_month, 0 as newly, 1 as widely
  from {{ ref('dim_features') }}
  where baseline_high_date is not null
),

months as (
  select
    baseline_month,
    sum(newly) as newly_available,
    sum(widely) as widely_available
  from events
  group by baseline_month
)

select
  baseline_month,
  newly_available,
  widely_available,
  sum(newly_available) over (order by baseline_month) as newly_available_so_far,
  sum(widely_available) over (order by baseline_month) as widely_available_so_far
from months
