-- Each group with every group above it. Depth 0 is the group itself, 1 the one that it belongs to. So many levels are climbed and no more, for
-- groups that belong to each other would be climbed for ever; groups_form_a_tree tells of them.
with own as (
  select id, parent_id from {{ ref('stg_web_features__groups') }}
),

level_0 as (
  select id as group_id, id as ancestor_id, 0 as depth from own
),
{% for level in range(1, group_levels() + 1) %}
level_{{ level }} as (
  select below.group_id, own.parent_id as ancestor_id, {{ level }} as depth
  from level_{{ level - 1 }} as below
  join own on own.id = below.ancestor_id
  where own.parent_id is not null
),
{% endfor %}
every_way as (
  {% for level in range(0, group_levels() + 1) -%}
  select group_id, ancestor_id, depth from level_{{ level }}
  {%- if not loop.last %}
  union all
  {% endif -%}
  {%- endfor %}
)

select
  {{ surrogate_key(['group_id', 'ancestor_id']) }} as group_ancestor_key,
  group_id,
  ancestor_id,
  min(depth) as depth
from every_way
group by group_id, ancestor_id
