-- Every identifier that features have or had, with the feature of today. One that was split has none: nobody knows which of several is meant.
select id as feature_key, id as feature_id, 'feature' as kind
from {{ ref('stg_web_features__features') }}
{% if is_loaded('web_features', 'moved_features') %}
union all
select moved.id as feature_key, target.id as feature_id, moved.kind
from {{ ref('stg_web_features__moved_features') }} as moved
left join {{ ref('stg_web_features__features') }} as target on target.id = moved.target_id
where moved.kind = 'moved'
union all
select distinct id as feature_key, cast(null as {{ dbt.type_string() }}) as feature_id, kind
from {{ ref('stg_web_features__moved_features') }}
where kind = 'split'
{% endif %}
