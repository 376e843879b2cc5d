-- What to use instead of a feature that is discouraged: one row for each.
with named as (
  {{ elements(ref('stg_web_features__features'), 'id', 'discouraged_alternatives', 'alternative_id') }}
)

select distinct
  {{ surrogate_key(['id', 'alternative_id']) }} as feature_alternative_key,
  id as feature_id,
  alternative_id
from named
