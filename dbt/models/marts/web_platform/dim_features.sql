-- Features of the web platform. bridge_feature_groups says which groups each belongs to; the other bridges tell what else there are several of.
select
  id as feature_id,
  name as feature_name,
  description,
  description_html,
  baseline,
  baseline_low_date,
  baseline_low_date_is_upper_bound,
  baseline_high_date,
  baseline_high_date_is_upper_bound,
  is_discouraged,
  discouraged_reason,
  discouraged_reason_html,
  discouraged_according_to,
  removal_date
from {{ ref('stg_web_features__features') }}
