-- What vendors of browsers think of a feature: one row for each discussion. A feature that has moved counts as what it is today.
with placed as (
  select
    keys.feature_id,
    positions.vendor,
    positions.url,
    positions.{{ adapter.quote('position') }} as vendor_position,
    positions.concerns,
    row_number() over (
      partition by keys.feature_id, positions.vendor, positions.url
      order by case when keys.kind = 'feature' then 0 else 1 end, positions.feature_id
    ) as place
  from {{ ref('stg_web_features_mappings__vendor_positions') }} as positions
  join {{ ref('dim_feature_keys') }} as keys on keys.feature_key = positions.feature_id
  where keys.feature_id is not null
)

select
  {{ surrogate_key(['feature_id', 'vendor', 'url']) }} as vendor_position_key,
  feature_id,
  vendor,
  url,
  vendor_position,
  concerns
from placed
where place = 1
