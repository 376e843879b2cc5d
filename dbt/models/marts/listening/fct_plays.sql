-- One row for each play.
select
  {{ surrogate_key([utc_text('played_at'), 'track_uri']) }} as play_key,
  played_at,
  {{ utc_date('played_at') }} as played_on,
  {{ surrogate_key(['track_uri']) }} as track_key,
  {{ surrogate_key(['artist_id', 'artist_name']) }} as artist_key,
  duration_ms,
  context_type,
  context_uri
from {{ ref('stg_spotify__recently_played') }}
