-- What other sources say of features that web-features does not know, or no longer as one. Such rows stay in silver, and no fact has them.
with keys as (
  select feature_key, feature_id, kind from {{ ref('dim_feature_keys') }}
),

named as (
  {% for table in tables_naming_features() -%}
  select distinct '{{ table.name }}' as source, feature_id as feature_key from {{ table.view }}
  union all
  {% endfor -%}
  select '' as source, '' as feature_key
),

unknown as (
  select named.source, named.feature_key, coalesce(keys.kind, 'unknown') as reason
  from named
  left join keys on keys.feature_key = named.feature_key
  where keys.feature_id is null and named.source <> ''
  {%- if is_loaded('chromium_enums', 'enum_values') %}
  union all
  select 'chromium_enums.enum_values' as source, counted.label as feature_key, coalesce(max(keys.kind), 'unknown') as reason
  from {{ ref('stg_chromium_enums__enum_values') }} as counted
  left join keys on replace(keys.feature_key, '-', '') = counted.feature_match
  where counted.state = 'live' and counted.feature_match is not null
  group by counted.value, counted.label
  having max(keys.feature_id) is null
  {%- endif %}
)

select
  {{ surrogate_key(['source', 'feature_key']) }} as unknown_feature_key,
  source,
  feature_key,
  reason
from unknown
