-- Activities, the night before and heart rates of each day.
with activities as (
  select
    activity_day,
    count(*) as activities,
    sum(distance_m) as distance_m,
    sum(duration_s) as duration_s,
    sum(elevation_gain_m) as elevation_gain_m,
    sum(calories_kcal) as calories_kcal,
    max(max_heart_rate_bpm) as max_activity_heart_rate_bpm
  from {{ ref('fct_activities') }}
  group by activity_day
)

select
  days.training_day,
  coalesce(activities.activities, 0) as activities,
  coalesce(activities.distance_m, 0) as distance_m,
  coalesce(activities.duration_s, 0) as duration_s,
  activities.elevation_gain_m,
  activities.calories_kcal,
  activities.max_activity_heart_rate_bpm,
  sleep.sleep_s,
  sleep.deep_s as deep_sleep_s,
  sleep.rem_s as rem_sleep_s,
  sleep.score as sleep_score,
  heart_rate.resting_bpm as resting_heart_rate_bpm,
  heart_rate.min_bpm as min_heart_rate_bpm,
  heart_rate.max_bpm as max_heart_rate_bpm
from {{ ref('dim_days') }} as days
left join activities on activities.activity_day = days.training_day
left join {{ ref('stg_garmin__sleep') }} as sleep on sleep.calendar_date = days.training_day
left join {{ ref('stg_garmin__heart_rate') }} as heart_rate on heart_rate.calendar_date = days.training_day
