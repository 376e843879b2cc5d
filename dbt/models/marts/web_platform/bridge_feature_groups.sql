-- Which groups a feature belongs to: one row for each.
with members as (
  {{ elements(ref('stg_web_features__features'), 'id', 'groups', 'group_id') }}
)

select
  {{ surrogate_key(['id', 'group_id']) }} as feature_group_key,
  id as feature_id,
  group_id
from members
