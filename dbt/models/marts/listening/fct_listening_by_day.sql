-- How often and how long each track was played on a day, in UTC: what a play is long is the length of its track.
select
  {{ surrogate_key(['played_on', 'track_key', 'artist_key']) }} as listening_key,
  played_on,
  track_key,
  artist_key,
  count(*) as plays,
  sum(duration_ms) / 60000.0 as minutes
from {{ ref('fct_plays') }}
group by played_on, track_key, artist_key
