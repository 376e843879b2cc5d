{# Whether the table of a data type is there. `tidemill transform` says which are; to whoever runs dbt by hand all of them are. A model that can do
   without a table asks before it refers to its view: then it is made without it, and anew when the table has come. #}
{% macro is_loaded(service, table) %}
  {%- set name = service ~ '.' ~ table -%}
  {{- return(name in var('silver_loaded', [name])) -}}
{% endmacro %}
