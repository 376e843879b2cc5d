-- When a browser came out: which features each browser of the Baseline core set had by then. One row for each release of one of them, browser
-- that is looked at, and feature; releases to come are left out.
with support as (
  select feature_id, browser_id, available_since from {{ ref('fct_availability') }}
),

releases as (
  select browser_id, version, release_date
  from {{ ref('dim_browser_releases') }}
  where browser_id in (select browser_id from support)
    and release_date <= {{ utc_date(dbt.current_timestamp()) }}
    {%- if var('support_by_release_since', none) %}
    and release_date >= cast('{{ var('support_by_release_since') }}' as date)
    {%- endif %}
)

select
  support.browser_id as target_browser_id,
  releases.browser_id as event_browser_id,
  releases.version as event_version,
  releases.release_date as event_release_date,
  support.feature_id,
  case when support.available_since <= releases.release_date then 'supported' else 'unsupported' end as support_status
from releases
cross join support
