{# A text that is the same for the same values, whatever the warehouse. NULL is a value of its own, and no two lists of values run
   into one another: the length of each stands before it. Of an instant take its utc_text. #}
{% macro surrogate_key(columns) %}
  {%- set texts = [] -%}
  {%- for column in columns -%}
    {%- set text = 'cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- set length = 'cast(length(' ~ text ~ ') as ' ~ dbt.type_string() ~ ')' -%}
    {%- do texts.append("coalesce(" ~ dbt.concat([length, "':'", text]) ~ ", '-')") -%}
  {%- endfor -%}
  {{ dbt.hash(dbt.concat(texts)) }}
{% endmacro %}
