-- When a browser began to support a feature: one row for each release that did it, where its day is known.
select
  availability_key as support_event_key,
  feature_id,
  browser_id,
  available_since as supported_on,
  version_added,
  is_upper_bound
from {{ ref('fct_availability') }}
where available_since is not null
