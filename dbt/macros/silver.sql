{# The table of a data type, as Tidemill loads it. #}
{% macro silver(service, table) %}
  {{- adapter.dispatch('silver', 'tidemill')(source(service, table)) -}}
{% endmacro %}

{% macro default__silver(relation) %}{{ relation }}{% endmacro %}

{# Without the name of the database: that is the file's, and it may be attached under another. #}
{% macro duckdb__silver(relation) %}{{ relation.include(database=false) }}{% endmacro %}

{# The columns of a table, by name with the type of each. One that it has not got yet is NULL: it comes with the next load. #}
{% macro silver_columns(service, table, types) %}
  {%- set there = [] -%}
  {%- if execute and flags.INTROSPECT -%}
    {%- for column in adapter.get_columns_in_relation(source(service, table)) -%}
      {%- do there.append(column.name | lower) -%}
    {%- endfor -%}
  {%- else -%}
    {%- set there = types.keys() | list -%}
  {%- endif -%}
  {%- for name, type in types.items() -%}
    {%- if name in there %}{{ adapter.quote(name) }}{% else %}cast(null as {{ silver_type(type) }}) as {{ adapter.quote(name) }}{% endif -%}
    {%- if not loop.last %},
  {% endif -%}
  {%- endfor -%}
{% endmacro %}

{# A type of silver as the warehouse calls it. #}
{% macro silver_type(type) %}
  {%- set own = {
    'text': dbt.type_string(),
    'numeric': dbt.type_numeric(),
    'boolean': dbt.type_boolean(),
    'integer': dbt.type_int(),
    'bigint': dbt.type_bigint(),
    'double': dbt.type_float(),
    'timestamptz': 'timestamp with time zone' if target.type != 'bigquery' else 'timestamp',
    'jsonb': 'jsonb' if target.type == 'postgres' else 'json',
  } -%}
  {{- own.get(type, type) -}}
{% endmacro %}

{# Names that may be words of SQL. #}
{% macro quoted_columns(names) %}
  {%- for name in names -%}
    {{ adapter.quote(name) }}{% if not loop.last %}, {% endif %}
  {%- endfor -%}
{% endmacro %}
