-- Browsers that have releases, with the newest that is out.
with releases as (
  select
    browser,
    browser_name,
    browser_type,
    version,
    release_date,
    row_number() over (
      partition by browser
      order by case when status = 'current' then 0 else 1 end, release_date desc, version
    ) as place
  from {{ ref('stg_mdn_bcd__browser_releases') }}
)

select
  browser as browser_id,
  browser_name,
  browser_type,
  version as current_version,
  release_date as current_release_date
from releases
where place = 1
