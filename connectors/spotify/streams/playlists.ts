import { stream } from '@tidemill/kit';
import { PlaylistRow } from '../rows.ts';
import { Playlist } from '../schema.ts';
import { wholeList } from './walk.ts';

export const playlists = stream({
  name: 'playlists',
  description: 'Playlists the user owns or follows; what is no longer followed is removed.',
  source: Playlist,
  row: PlaylistRow,
  preview: true,
  key: ['playlist_id'],
  write: 'upsert',
  scope: 'everything',
  end: 'total',
  method: 'api_json',
  oauthScopes: ['playlist-read-private', 'playlist-read-collaborative'],
  extract: ({ http }) => wholeList(http, 'me/playlists'),
  toRow: (playlist) =>
    playlist === null
      ? []
      : {
          playlist_id: playlist.id,
          playlist_uri: playlist.uri,
          name: playlist.name,
          description: playlist.description ?? null,
          is_public: playlist.public ?? null,
          is_collaborative: playlist.collaborative ?? null,
          owner_id: playlist.owner.id,
          owner_name: playlist.owner.display_name ?? null,
          snapshot_id: playlist.snapshot_id,
          items: (playlist.items ?? playlist.tracks)?.total ?? null,
        },
});
