-- Every feature in every browser of the Baseline core set: whether it is there, and since when.
with browsers as (
  select distinct browser from {{ ref('stg_web_features__browser_support') }}
)

select
  {{ surrogate_key(['features.id', 'browsers.browser']) }} as availability_key,
  features.id as feature_id,
  browsers.browser as browser_id,
  support.version_added is not null as is_available,
  replace(support.version_added, '≤', '') as version_added,
  coalesce(support.version_added like '≤%', false) as is_upper_bound,
  releases.release_date as available_since
from {{ ref('stg_web_features__features') }} as features
cross join browsers
left join {{ ref('stg_web_features__browser_support') }} as support
  on support.feature_id = features.id and support.browser = browsers.browser
left join {{ ref('stg_mdn_bcd__browser_releases') }} as releases
  on releases.browser = browsers.browser and releases.version = replace(support.version_added, '≤', '')
