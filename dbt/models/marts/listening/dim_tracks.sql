-- Each track that was played, as its newest play describes it.
with plays as (
  select
    track_uri,
    track_id,
    track_name,
    album_id,
    album_name,
    release_date,
    duration_ms,
    isrc,
    {{ surrogate_key(['artist_id', 'artist_name']) }} as artist_key,
    row_number() over (partition by track_uri order by played_at desc) as age
  from {{ ref('stg_spotify__recently_played') }}
)

select
  {{ surrogate_key(['track_uri']) }} as track_key,
  track_uri,
  track_id,
  track_name,
  artist_key,
  album_id,
  album_name,
  release_date,
  duration_ms,
  isrc
from plays
where age = 1
