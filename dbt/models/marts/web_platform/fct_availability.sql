-- Every feature in every browser of the Baseline core set: whether it is there, and since when.
with browsers as (
  select distinct browser from {{ ref('stg_web_features__browser_support') }}
),

support as (
  select
    feature_id,
    browser,
    replace(version_added, '≤', '') as version_added,
    version_added like '≤%' as is_upper_bound
  from {{ ref('stg_web_features__browser_support') }}
)

select
  {{ surrogate_key(['features.id', 'browsers.browser']) }} as availability_key,
  features.id as feature_id,
  browsers.browser as browser_id,
  support.version_added is not null as is_available,
  support.version_added,
  coalesce(support.is_upper_bound, false) as is_upper_bound,
  case
    when support.version_added is not null then {{ surrogate_key(['support.browser', 'support.version_added']) }}
  end as browser_release_key,
  releases.release_date as available_since
from {{ ref('stg_web_features__features') }} as features
cross join browsers
left join support on support.feature_id = features.id and support.browser = browsers.browser
left join {{ ref('stg_mdn_bcd__browser_releases') }} as releases
  on releases.browser = support.browser and releases.version = support.version_added
