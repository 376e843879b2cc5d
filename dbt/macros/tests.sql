{# No two rows have the same values in all of these columns. Answers one row for each list of values that is there twice. #}
{% test unique_key(model, columns) %}
select {{ quoted_columns(columns) }}, count(*) as times
from {{ model }}
group by {{ quoted_columns(columns) }}
having count(*) > 1
{% endtest %}

{# None of these columns is NULL: one query for all of them. Answers the rows in which one is. #}
{% test never_null(model, columns) %}
select {{ quoted_columns(columns) }}
from {{ model }}
where {% for column in columns %}{{ adapter.quote(column) }} is null{% if not loop.last %} or {% endif %}{% endfor %}
{% endtest %}

{# There is nothing to tell. Answers every row that is. #}
{% test no_rows(model) %}
select * from {{ model }}
{% endtest %}
