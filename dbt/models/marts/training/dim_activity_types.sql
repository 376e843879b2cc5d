-- Kinds of activities, and how often each was done.
select
  {{ surrogate_key(['type']) }} as activity_type_key,
  type as activity_type,
  count(*) as activities
from {{ ref('stg_garmin__activities') }}
group by type
