-- One row for each activity. Its day is that of the clock on the wall where it began, where the source says it.
select
  activity_id,
  coalesce(cast(substr(started_at_local, 1, 10) as date), {{ utc_date('started_at') }}) as activity_day,
  {{ surrogate_key(['type']) }} as activity_type_key,
  name as activity_name,
  started_at,
  distance_m,
  duration_s,
  moving_duration_s,
  elevation_gain_m,
  calories_kcal,
  average_heart_rate_bpm,
  max_heart_rate_bpm
from {{ ref('stg_garmin__activities') }}
