-- Features of the web platform. bridge_feature_groups says which groups each belongs to.
select
  id as feature_id,
  name as feature_name,
  description,
  baseline,
  baseline_low_date,
  baseline_high_date,
  is_discouraged
from {{ ref('stg_web_features__features') }}
