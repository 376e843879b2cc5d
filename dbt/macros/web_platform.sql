{# Groups lie in groups: so many levels are climbed. web-features has three. #}
{% macro group_levels() %}{{ return(10) }}{% endmacro %}

{# Tables that name a feature in `feature_id` as their source did, of those that are there. `once_in`: the columns within which a source names it at
   most once; none where it may do so as often as it likes. #}
{% macro tables_naming_features() %}
  {%- set once = [
    ('developer_signals', 'votes', []),
    ('web_features_mappings', 'wpt_links', []),
    ('web_features_mappings', 'use_counters', []),
    ('web_features_mappings', 'vendor_positions', none),
    ('web_features_mappings', 'mdn_docs', none),
    ('wpt', 'feature_results', ['run_id']),
  ] -%}
  {%- set there = [] -%}
  {%- for service, table, once_in in once if is_loaded(service, table) -%}
    {%- do there.append({'name': service ~ '.' ~ table, 'view': ref('stg_' ~ service ~ '__' ~ table), 'once_in': once_in}) -%}
  {%- endfor -%}
  {{- return(there) -}}
{% endmacro %}
