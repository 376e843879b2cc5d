-- Which editions of a specification a feature belongs to: one row for each.
with named as (
  {{ elements(ref('stg_web_features__features'), 'id', 'snapshots', 'snapshot_id') }}
)

select distinct
  {{ surrogate_key(['id', 'snapshot_id']) }} as feature_snapshot_key,
  id as feature_id,
  snapshot_id
from named
