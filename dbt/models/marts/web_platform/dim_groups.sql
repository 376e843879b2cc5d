-- Groups of features, each with the one that it belongs to.
select
  own.id as group_id,
  own.name as group_name,
  own.parent_id as parent_group_id,
  parent.name as parent_group_name
from {{ ref('stg_web_features__groups') }} as own
left join {{ ref('stg_web_features__groups') }} as parent on parent.id = own.parent_id
