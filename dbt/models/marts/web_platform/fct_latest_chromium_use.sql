-- On which share of page loads Chrome used a feature, on the last day that was counted: one row for each value that it is counted under.
with placed as (
  select
    counters.feature_id,
    counters.enum_value,
    counted.{{ adapter.quote('day') }} as counted_on,
    counted.rate,
    counted.milestone,
    counted.low_volume as is_low_volume,
    row_number() over (
      partition by counters.feature_id, counters.enum_value
      order by counted.{{ adapter.quote('day') }} desc
    ) as place
  from {{ ref('stg_chromium_uma__feature_use') }} as counted
  join {{ ref('bridge_feature_enum_values') }} as counters on counters.enum_value = counted.bucket_id
)

select
  {{ surrogate_key(['feature_id', 'enum_value']) }} as feature_enum_value_key,
  feature_id,
  enum_value,
  counted_on,
  rate,
  milestone,
  is_low_volume
from placed
where place = 1
