/** What a track or an artist says in every table. */
import type { Artist, Track } from '../schema.ts';

export function trackColumns(track: Track) {
  const [first] = track.artists ?? [];
  return {
    track_name: track.name,
    artist_id: first?.id ?? null,
    artist_name: first?.name ?? track.show?.name ?? null,
    artists: track.artists ?? null,
    album_id: track.album?.id ?? null,
    album_name: track.album?.name ?? null,
    release_date: track.album?.release_date ?? null,
    duration_ms: track.duration_ms,
    explicit: track.explicit ?? null,
    isrc: track.external_ids?.isrc ?? null,
    popularity: track.popularity ?? null,
  };
}

export const artistColumns = (artist: Artist) => ({
  artist_id: artist.id,
  artist_uri: artist.uri,
  artist_name: artist.name,
  genres: artist.genres ?? null,
  followers: artist.followers?.total ?? null,
  popularity: artist.popularity ?? null,
});
