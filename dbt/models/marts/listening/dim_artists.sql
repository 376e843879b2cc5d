-- Each artist that a play names first, as the newest play calls it. A file of the user's own has no artist with an id.
with plays as (
  select
    {{ surrogate_key(['artist_id', 'artist_name']) }} as artist_key,
    artist_id,
    artist_name,
    played_at,
    row_number() over (partition by artist_id, artist_name order by played_at desc) as age
  from {{ ref('stg_spotify__recently_played') }}
)

select
  artist_key,
  artist_id,
  artist_name
from plays
where age = 1
