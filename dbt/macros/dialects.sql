{# What the warehouses say differently. #}

{# The day of an instant, in UTC: a cast would take the zone of the session. #}
{% macro utc_date(instant) %}{{ adapter.dispatch('utc_date', 'tidemill')(instant) }}{% endmacro %}

{% macro default__utc_date(instant) %}cast({{ instant }} at time zone 'UTC' as date){% endmacro %}

{% macro bigquery__utc_date(instant) %}date({{ instant }}, 'UTC'){% endmacro %}

{# An instant as a text that is the same in every zone and warehouse, for keys. #}
{% macro utc_text(instant) %}{{ adapter.dispatch('utc_text', 'tidemill')(instant) }}{% endmacro %}

{% macro default__utc_text(instant) %}to_char({{ instant }} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'){% endmacro %}

{% macro duckdb__utc_text(instant) %}strftime({{ instant }} at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%f'){% endmacro %}

{% macro bigquery__utc_text(instant) %}format_timestamp('%Y-%m-%dT%H:%M:%E6S', {{ instant }}, 'UTC'){% endmacro %}

{# One row for each text of a JSON array, beside the key of the row that has it. #}
{% macro elements(relation, key, array, element) %}
  {{- adapter.dispatch('elements', 'tidemill')(relation, key, array, element) -}}
{% endmacro %}

{% macro default__elements(relation, key, array, element) %}
select whole.{{ key }}, items.item as {{ element }}
from {{ relation }} as whole
cross join lateral jsonb_array_elements_text(whole.{{ array }}) as items (item)
{% endmacro %}

{% macro duckdb__elements(relation, key, array, element) %}
select {{ key }}, unnest(from_json({{ adapter.quote(array) }}, '["VARCHAR"]')) as {{ element }}
from {{ relation }}
{% endmacro %}

{% macro bigquery__elements(relation, key, array, element) %}
select whole.{{ key }}, item as {{ element }}
from {{ relation }} as whole
cross join unnest(json_value_array(whole.{{ adapter.quote(array) }})) as item
{% endmacro %}
