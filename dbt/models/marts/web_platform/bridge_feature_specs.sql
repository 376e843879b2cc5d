-- Which specifications say what a feature is: one row for each.
with named as (
  {{ elements(ref('stg_web_features__features'), 'id', 'specs', 'spec_url') }}
)

select distinct
  {{ surrogate_key(['id', 'spec_url']) }} as feature_spec_key,
  id as feature_id,
  spec_url
from named
