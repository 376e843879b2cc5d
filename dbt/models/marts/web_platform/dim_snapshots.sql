-- Editions of a specification, such as the yearly ones of ECMAScript.
select
  id as snapshot_id,
  name as snapshot_name,
  spec as spec_url
from {{ ref('stg_web_features__snapshots') }}
