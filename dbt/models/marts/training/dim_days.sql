-- The days of which anything is known.
select activity_day as training_day from {{ ref('fct_activities') }}
union distinct
select calendar_date as training_day from {{ ref('stg_garmin__sleep') }}
union distinct
select calendar_date as training_day from {{ ref('stg_garmin__heart_rate') }}
