{# The table of a data type, as Tidemill loads it. #}
{% macro silver(service, table) %}
  {{- adapter.dispatch('silver', 'tidemill')(source(service, table)) -}}
{% endmacro %}

{% macro default__silver(relation) %}{{ relation }}{% endmacro %}

{# Without the name of the database: that is the file's, and it may be attached under another. #}
{% macro duckdb__silver(relation) %}{{ relation.include(database=false) }}{% endmacro %}

{# Quoted, one a line: some of these names are words of SQL. #}
{% macro silver_columns(names) %}
  {%- for name in names -%}
    {{ adapter.quote(name) }}{% if not loop.last %},
  {% endif %}
  {%- endfor -%}
{% endmacro %}
