-- Each feature with every group that it is to be found under. Of several ways to a group the shortest counts.
with found as (
  select members.feature_id, ancestors.ancestor_id as group_id, min(ancestors.depth) as depth
  from {{ ref('bridge_feature_groups') }} as members
  join {{ ref('bridge_group_ancestors') }} as ancestors on ancestors.group_id = members.group_id
  group by members.feature_id, ancestors.ancestor_id
)

select
  {{ surrogate_key(['feature_id', 'group_id']) }} as feature_group_key,
  feature_id,
  group_id,
  depth
from found
