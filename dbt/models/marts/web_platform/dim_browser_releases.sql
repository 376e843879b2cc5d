-- Releases of browsers, past and announced.
select
  {{ surrogate_key(['browser', 'version']) }} as browser_release_key,
  browser as browser_id,
  version,
  release_index,
  release_date,
  status,
  engine,
  engine_version,
  release_notes
from {{ ref('stg_mdn_bcd__browser_releases') }}
