/** The part of the npm package that `spotify-client.test.ts` drives; it ships no types. */
declare module 'spotify-web-api-node' {
  interface Answer<Body> {
    readonly body: Body;
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, string>>;
  }

  interface List {
    readonly items: readonly unknown[];
    readonly next: string | null;
    readonly total: number;
  }

  interface Plays extends Omit<List, 'total'> {
    readonly cursors: { readonly after: string; readonly before: string } | null;
  }

  interface Place {
    readonly limit?: number;
    readonly offset?: number;
  }

  export default class SpotifyWebApi {
    constructor(credentials: Readonly<Record<'clientId' | 'clientSecret' | 'refreshToken', string>>);
    setAccessToken(token: string): void;
    refreshAccessToken(): Promise<Answer<{ readonly access_token: string }>>;
    getMe(): Promise<Answer<Readonly<Record<string, unknown>>>>;
    getMyRecentlyPlayedTracks(options: { limit: number; after?: string; before?: string }): Promise<Answer<Plays>>;
    getMySavedTracks(place: Place): Promise<Answer<List>>;
    getMySavedAlbums(place: Place): Promise<Answer<List>>;
    getUserPlaylists(place: Place): Promise<Answer<List>>;
    getPlaylistTracks(playlist: string, place: Place): Promise<Answer<List>>;
    getMyTopTracks(place: Place & { time_range: string }): Promise<Answer<List>>;
    getMyTopArtists(place: Place & { time_range: string }): Promise<Answer<List>>;
    getFollowedArtists(options: {
      limit: number;
      after?: string;
    }): Promise<Answer<{ readonly artists: List & { readonly cursors: { readonly after: string | null } } }>>;
  }
}

declare module 'spotify-web-api-node/src/base-request.js' {
  interface Builder {
    withHost(host: string): Builder;
    withPort(port: number): Builder;
    withScheme(scheme: string): Builder;
    withAuth(token: string | undefined): Builder;
  }

  const requests: { builder(): Builder };
  export default requests;
}

declare module 'spotify-web-api-node/src/webapi-request.js' {
  import type requests from 'spotify-web-api-node/src/base-request.js';

  const api: { builder(token?: string): ReturnType<typeof requests.builder> };
  export default api;
}

declare module 'spotify-web-api-node/src/authentication-request.js' {
  import type api from 'spotify-web-api-node/src/webapi-request.js';

  const accounts: typeof api;
  export default accounts;
}
