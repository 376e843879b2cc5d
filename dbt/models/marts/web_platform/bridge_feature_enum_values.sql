-- Under which value Chrome counts the use of a feature. Labels are made of identifiers, and are found by what all ways to do that have in
-- common: Canvas_2d and Canvas2d are both canvas-2d. Drafts and obsolete values are left out.
select distinct
  {{ surrogate_key(['keys.feature_id', 'counted.value']) }} as feature_enum_value_key,
  keys.feature_id,
  counted.value as enum_value,
  counted.label
from {{ ref('stg_chromium_enums__enum_values') }} as counted
join {{ ref('dim_feature_keys') }} as keys on replace(keys.feature_key, '-', '') = counted.feature_match
where counted.state = 'live' and keys.feature_id is not null
