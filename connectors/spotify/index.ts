import { connector, declaredIn } from '@tidemill/kit';
import { z } from 'zod';
import { classify } from './classify.ts';
import manifest from './package.json' with { type: 'json' };
import { followedArtists, savedAlbums, savedTracks } from './streams/library.ts';
import { playlistItems } from './streams/playlist-items.ts';
import { playlists } from './streams/playlists.ts';
import { recentlyPlayed } from './streams/plays.ts';
import { topArtists, topTracks } from './streams/top.ts';

const { credentials, rotation } = declaredIn(manifest);

const Me = z.object({ id: z.string(), display_name: z.string().nullish() });

export default connector({
  service: 'spotify',
  title: 'Spotify: plays, library, playlists and favourites of a user',
  homepage: 'https://developer.spotify.com/documentation/web-api',
  credentials,
  baseUrl: 'https://api.spotify.com/v1',
  oauth: {
    authorizeUrl: 'https://accounts.spotify.com/authorize',
    tokenUrl: 'https://accounts.spotify.com/api/token',
    credentials: {
      clientId: 'SPOTIFY_CLIENT_ID',
      clientSecret: 'SPOTIFY_CLIENT_SECRET',
      refreshToken: 'SPOTIFY_REFRESH_TOKEN',
      redirectUri: 'SPOTIFY_REDIRECT_URI',
    },
    clientAuthentication: 'basic',
    rotation,
    pkce: 'S256',
    scopeSeparator: ' ',
    scopes: ['user-read-private'],
    accessTokenSeconds: 3_600,
    refreshTokenLife: 'Spotify ends a refresh token six months after signing in, whatever it was used for.',
  },
  whoami: async (http) => {
    const { value } = await http.json('me', Me);
    return value.display_name ?? value.id;
  },
  classify,
  streams: [recentlyPlayed, savedTracks, savedAlbums, playlists, playlistItems, topTracks, topArtists, followedArtists],
});
