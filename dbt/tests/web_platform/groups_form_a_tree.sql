-- Groups that belong to each other, or lie deeper than is climbed. Answers a row for each of them and a group above it.
{{ config(severity='warn') }}
select below.group_id, below.ancestor_id
from {{ ref('bridge_group_ancestors') }} as below
join {{ ref('bridge_group_ancestors') }} as above
  on above.group_id = below.ancestor_id and above.ancestor_id = below.group_id
where below.depth > 0
union all
select id as group_id, parent_id as ancestor_id
from {{ ref('stg_web_features__groups') }}
where id = parent_id
union all
select group_id, ancestor_id
from {{ ref('bridge_group_ancestors') }}
where depth = {{ group_levels() }}
