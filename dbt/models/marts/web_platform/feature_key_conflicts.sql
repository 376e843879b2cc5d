-- Features that a source names twice: by an old identifier and by that of today, or by two old ones. Facts take the one of today, or else the
-- first.
with keys as (
  select feature_key, feature_id from {{ ref('dim_feature_keys') }}
  where feature_id in (select feature_id from {{ ref('dim_feature_keys') }} where kind = 'moved')
),

named as (
  {% for table in tables_naming_features() if table.once_in is not none -%}
  select
    '{{ table.name }}' as source,
    keys.feature_id,
    keys.feature_key,
    count(*) over (partition by keys.feature_id{% for column in table.once_in %}, {{ column }}{% endfor %}) as times
  from {{ table.view }} as said
  join keys on keys.feature_key = said.feature_id
  union all
  {% endfor -%}
  {% if is_loaded('chromium_enums', 'enum_values') -%}
  select
    'chromium_enums.enum_values' as source,
    feature_id,
    label as feature_key,
    count(*) over (partition by feature_id) as times
  from {{ ref('bridge_feature_enum_values') }}
  union all
  {% endif -%}
  select '' as source, '' as feature_id, '' as feature_key, 0 as times
)

select distinct
  {{ surrogate_key(['source', 'feature_id', 'feature_key']) }} as feature_key_conflict_key,
  source,
  feature_id,
  feature_key
from named
where times > 1
