import { type TidemillError, tokensOf } from '@tidemill/kit';
import { expect, onTestFinished, test } from 'vitest';
import { refresh } from '../../orchestrator/credentials/refresh.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { type Given, httpOf, type Reading, readService, rowsOf, streamOf } from '../../test/fakes/read-service.ts';
import { EMPTY, type SpotifyContents, type SpotifyOptions, startSpotify } from '../../test/fakes/spotify.ts';
import { album, artist, entry, olderTrack, play, playlist, saved, track } from '../../test/fakes/spotify-samples.ts';
import connector from './index.ts';

type Fake = Awaited<ReturnType<typeof startSpotify>>;

async function account(contents: Partial<SpotifyContents>, options: SpotifyOptions = {}): Promise<Fake> {
  const fake = await startSpotify(options);
  onTestFinished(() => fake.close());
  await fake.publish({ ...EMPTY, ...contents });
  return fake;
}

const read = (name: string, fake: Fake, given?: Given): Promise<Reading> => readService(connector, name, fake, given);

async function failureOf(name: string, fake: Fake): Promise<TidemillError | undefined> {
  return (await read(name, fake)).failure;
}

/** Numbers from `last` down to `first`: the newest first. */
const downTo = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => last - index);

test('fifty new plays may be more than fifty', async () => {
  const fake = await account({ plays: downTo(1, 10).map((number) => play(number)) });
  const { marks, notices: atFirst } = await read('recently_played', fake);
  expect(atFirst).toEqual([]);
  const [cursor] = marks;
  await fake.publish({ ...EMPTY, plays: downTo(11, 59).map((number) => play(number)) });
  expect((await read('recently_played', fake, { cursor })).notices).toEqual([]);
  await fake.publish({
    ...EMPTY,
    plays: downTo(10, 59).map((number) => ({ ...play(number), played_at: `2026-11-20T11:00:${number}.000Z` })),
  });
  const { records, notices } = await read('recently_played', fake, { cursor });
  expect(records).toHaveLength(50);
  expect(notices).toEqual([expect.stringContaining('earlier ones may be missing')]);
});

test('fifty plays at the first reading are no gap', async () => {
  const fake = await account({ plays: downTo(1, 59).map((number) => play(number)) });
  const { records, notices } = await read('recently_played', fake);
  expect(records).toHaveLength(50);
  expect(notices).toEqual([]);
});

test('plays are asked for from a day before the newest known one on, and no play moves nothing', async () => {
  const fake = await account({});
  const cursor = { after: Date.parse('2026-11-20T10:00:00.497Z') };
  expect(await read('recently_played', fake, { cursor })).toEqual({
    records: [],
    marks: [],
    complete: [],
    notices: [],
    failure: undefined,
  });
  expect(fake.seen.at(-1)).toMatchObject({ query: { limit: '50', after: String(cursor.after - 86_400_000) } });
});

test('a newest play in the time to come does not become the cursor', async () => {
  for (const after of [String(Date.parse('2026-11-20T10:00:00Z') * 1000), '9'.repeat(20), '9'.repeat(400)]) {
    const fake = await account({});
    fake.disturb({ after: 0, status: 200, body: JSON.stringify({ items: [play(1)], cursors: { after } }) });
    expect((await read('recently_played', fake)).marks).toEqual([{ after: Date.parse('2026-11-21T06:00:00Z') }]);
  }
});

test.each(['before', 'since'] as const)(
  'a playlist reads the same in the answers %s February 2026',
  async (generation) => {
    const entries = [entry(1), entry(2, { item: olderTrack(2) }), entry(3, { item: null })];
    const list = playlist(1, { total: 3 });
    const fake = await account({ playlists: [list], items: { list1: entries }, generation, pageSize: 2 });
    const { records } = await read('playlist_items', fake);
    expect(rowsOf(streamOf(connector, 'playlist_items'), records)).toMatchObject([
      {
        playlist_id: 'list1',
        position: 0,
        item_type: 'track',
        track_id: 'track1',
        popularity: null,
        artist_id: 'artist1',
      },
      { playlist_id: 'list1', position: 1, track_name: 'Track 2', popularity: 42 },
      { playlist_id: 'list1', position: 2, item_type: null, track_id: null, track_name: null, duration_ms: null },
    ]);
    const lists = await read('playlists', fake);
    expect(rowsOf(streamOf(connector, 'playlists'), lists.records)).toMatchObject([{ items: 3 }]);
  },
);

test('the address that answered is asked first for the next playlist', async () => {
  const items = { list1: [entry(1)], list2: [entry(2)] };
  const fake = await account({
    playlists: [1, 2].map((id) => playlist(id, { total: 1 })),
    items,
    generation: 'before',
  });
  await read('playlist_items', fake);
  const asked = fake.seen.map(({ path }) => path).filter((path) => path.includes('/list'));
  expect(asked).toEqual(['list1/items', 'list1/tracks', 'list2/tracks'].map((path) => `/v1/playlists/${path}`));
});

test('local files, episodes and nothing at all have a row each', async () => {
  const local = {
    uri: 'spotify:local:a:b:c:200',
    name: 'File 1',
    type: 'track',
    id: null,
    duration_ms: 200_000,
    artists: [{ name: '' }],
  };
  const episode = {
    uri: 'spotify:episode:e1',
    id: 'e1',
    name: 'Episode 1',
    type: 'episode',
    duration_ms: 9,
    show: { id: 's1', name: 'Show 1' },
  };
  const entries = [entry(1, { item: local, is_local: true }), entry(2, { item: episode }), null];
  const fake = await account({ playlists: [playlist(1, { total: 3 })], items: { list1: entries } });
  const { records } = await read('playlist_items', fake);
  expect(rowsOf(streamOf(connector, 'playlist_items'), records)).toMatchObject([
    { is_local: true, track_id: null, track_uri: local.uri, artist_name: '' },
    { item_type: 'episode', track_id: 'e1', artist_name: 'Show 1', isrc: null },
    { position: 2, track_name: null, is_local: false },
  ]);
});

test('contents of other people are not asked for, and refused ones are no failure', async () => {
  const hidden = { ...playlist(1, { total: 1 }), items: undefined };
  const fake = await account({ playlists: [hidden, playlist(2, { total: 1 })], items: {} });
  const { records, notices, failure } = await read('playlist_items', fake);
  expect([records, failure]).toEqual([[], undefined]);
  expect(notices).toEqual([expect.stringMatching(/^2 playlists/)]);
  expect(fake.seen.filter(({ path }) => path.includes('list1'))).toEqual([]);
});

test('a playlist that did not change is not read again, and one that is gone leaves nothing', async () => {
  const fake = await account({
    playlists: [playlist(1, { total: 2 }), playlist(2, { total: 1 })],
    items: { list1: [entry(1), entry(2)], list2: [entry(3)] },
  });
  const cursor = (await read('playlist_items', fake)).marks.at(-1);
  await fake.publish({ ...EMPTY, playlists: [playlist(2, { total: 1 })], items: {} });
  const { records, marks } = await read('playlist_items', fake, { cursor });
  const { deletes } = streamOf(connector, 'playlist_items');
  expect(records.map((record) => deletes?.(record))).toEqual(
    [0, 1].map((position) => ({ playlist_id: 'list1', position })),
  );
  expect(marks).toEqual([{ playlists: { list2: { snapshot_id: 'version-1-of-list-2', items: 1 } } }]);
});

/** Of all that was said of how many there are: what is not what came. */
const contradicted = ({ records, complete }: Reading): readonly number[] =>
  complete.flat().filter((total) => total !== records.length);

test('a library that changes while it is read is not taken for whole', async () => {
  const library = downTo(1, 5).map((number) => saved(number));
  const fake = await account({ savedTracks: library, pageSize: 2 });
  let pages = 0;
  const onEmission = (): void => {
    pages += 1;
    if (pages === 1) void fake.publish({ ...EMPTY, savedTracks: library.slice(1), pageSize: 2 });
  };
  expect(contradicted(await read('saved_tracks', fake, { onEmission }))).not.toEqual([]);
});

test.each([
  ['saved_tracks', { savedTracks: downTo(1, 6).map((number) => saved(number)) }],
  ['playlists', { playlists: downTo(1, 6).map((number) => playlist(number, { total: 1 })) }],
  ['followed_artists', { followed: downTo(1, 6).map((number) => artist(number)) }],
])('%s that end before their total are not taken for whole', async (name, contents) => {
  const fake = await account({ ...contents, pageSize: 2 });
  expect(contradicted(await read(name, fake))).toEqual([]);
  await fake.publish({ ...EMPTY, ...contents, pageSize: 2, isCut: true });
  const cut = await read(name, fake);
  expect([cut.records.length, contradicted(cut)]).toEqual([2, [6]]);
});

test('an odd playlist in the list is rejected, and the items of the others are read', async () => {
  const personal = { ...playlist(2, { total: 1 }), items: { href: 'x', total: null } };
  const odd = { ...playlist(3, { total: 1 }), snapshot_id: null };
  const lists = [playlist(1, { total: 1 }), personal, odd];
  const fake = await account({ playlists: lists, items: { list1: [entry(1)], list2: [entry(2)] } });
  const { records, failure, marks } = await read('playlist_items', fake, {
    cursor: { playlists: { list3: { snapshot_id: 'version-0', items: 4 } } },
  });
  expect(failure).toBeUndefined();
  const { source, deletes } = streamOf(connector, 'playlist_items');
  const fits = records.filter((record) => source.safeParse(record).success);
  expect(fits.map((record) => [(record as { playlist_id: string }).playlist_id, deletes?.(record)])).toEqual([
    ['list1', undefined],
    ['list2', undefined],
  ]);
  expect(records).toHaveLength(3);
  expect(Object.keys((marks.at(-1) as { playlists: object }).playlists)).toEqual(['list3', 'list1', 'list2']);
  const listed = await read('playlists', fake);
  expect(rowsOf(streamOf(connector, 'playlists'), listed.records.slice(0, 2))).toMatchObject([
    { items: 1 },
    { items: null },
  ]);
});

test('a list of playlists that ends early says of none that it is gone', async () => {
  const lists = [1, 2, 3].map((number) => playlist(number, { total: 1 }));
  const items = { list1: [entry(1)], list2: [entry(2)], list3: [entry(3)] };
  const fake = await account({ playlists: lists, items, pageSize: 1 });
  const cursor = (await read('playlist_items', fake)).marks.at(-1);
  const isCut = true;
  await fake.publish({ ...EMPTY, playlists: lists, items, pageSize: 1, isCut });
  const { records, marks, failure } = await read('playlist_items', fake, { cursor });
  expect([records, marks.at(-1)]).toEqual([[], cursor]);
  expect(failure).toMatchObject({ kind: 'transient', code: 'spotify-short-list' });
});

test('a playlist that ends early loses no place, and is read again', async () => {
  const many = (version: number) => ({
    playlists: [playlist(1, { total: 3, version })],
    items: { list1: [1, 2, 3].map((number) => entry(number)) },
    pageSize: 1,
  });
  const fake = await account(many(1));
  const cursor = (await read('playlist_items', fake)).marks.at(-1);
  await fake.publish({ ...EMPTY, ...many(2), isCut: true });
  const { records, marks, failure } = await read('playlist_items', fake, { cursor });
  expect(records).toMatchObject([{ position: 0, entry: {} }]);
  expect(failure).toMatchObject({ kind: 'transient', code: 'spotify-short-list' });
  expect(marks.at(-1)).toEqual(cursor);
  await fake.publish({ ...EMPTY, ...many(2) });
  expect((await read('playlist_items', fake, { cursor: marks.at(-1) })).records).toHaveLength(3);
});

test('a ranking that ends early loses no place of the day', async () => {
  const topTracks = [1, 2, 3].map((number) => track(number));
  const fake = await account({ topTracks, pageSize: 1 });
  const cursor = (await read('top_tracks', fake)).marks.at(-1);
  await fake.publish({ ...EMPTY, topTracks, pageSize: 1, isCut: true });
  const { records, marks, notices } = await read('top_tracks', fake, { cursor });
  expect([records.length, marks.at(-1), notices]).toEqual([
    1,
    cursor,
    [expect.stringContaining('told 3 places and 1 came')],
  ]);
});

test('an episode whose artist says nothing has a row', async () => {
  const nobody = { id: null, name: null, type: 'artist', uri: null, href: null };
  const episode = { uri: 'spotify:episode:e1', id: 'e1', name: 'Episode 1', type: 'episode', duration_ms: 9 };
  const album = { id: 'show1', name: 'A show', release_date: null };
  const item = { ...episode, artists: [nobody], album };
  const fake = await account({ playlists: [playlist(1, { total: 1 })], items: { list1: [entry(1, { item })] } });
  const { records } = await read('playlist_items', fake);
  expect(rowsOf(streamOf(connector, 'playlist_items'), records)).toMatchObject([
    { item_type: 'episode', track_id: 'e1', artist_id: null, artist_name: null, album_name: 'A show' },
  ]);
});

test('what a page holds nothing of makes no row', async () => {
  const fake = await account({ savedTracks: [saved(2), null], topArtists: [null, artist(1)] });
  for (const [name, count] of [
    ['saved_tracks', 1],
    ['top_artists', 1],
  ] as const) {
    const { records } = await read(name, fake);
    expect(records).toHaveLength(2);
    expect(rowsOf(streamOf(connector, name), records)).toHaveLength(count);
  }
});

test('an album is a row without its number of tracks, which old answers lack', async () => {
  const { total_tracks: _, ...old } = album(1);
  const [row] = rowsOf(streamOf(connector, 'saved_albums'), [{ added_at: '2015-11-26T19:13:31Z', album: old }]);
  expect(row).toMatchObject({ album_id: 'album1', total_tracks: null });
});

test('ranks are counted over the pages of the time range that was asked for', async () => {
  const fake = await account({ topTracks: [1, 2, 3].map((number) => track(number)), pageSize: 2 });
  const { records, marks } = await read('top_tracks', fake, { options: { time_range: 'long_term' } });
  const place = { snapshot_date: '2026-11-21', time_range: 'long_term' };
  expect(rowsOf(streamOf(connector, 'top_tracks'), records)).toMatchObject([
    { ...place, rank: 1, track_id: 'track1' },
    { ...place, rank: 2, track_id: 'track2' },
    { ...place, rank: 3, track_id: 'track3' },
  ]);
  expect(marks).toEqual([{ last: { ...place, ranks: 3 } }]);
  expect(fake.seen.filter(({ path }) => path.endsWith('/top/tracks'))).toHaveLength(2);
});

test.each([
  ['a list of another day', { snapshot_date: '2026-11-20', time_range: 'medium_term', ranks: 9 }],
  ['a list of another time range', { snapshot_date: '2026-11-21', time_range: 'long_term', ranks: 9 }],
])('%s keeps its places', async (_, last) => {
  const fake = await account({ topArtists: [artist(1)] });
  const { records } = await read('top_artists', fake, { cursor: { last } });
  expect(records).toHaveLength(1);
});

const QUOTA = { error: { status: 429, message: 'Too many requests', reason: 'QUOTA_EXCEEDED' } };
test.each([
  [
    'hours to wait',
    { status: 429, headers: { 'retry-after': '36000' }, body: 'Too many requests' },
    'quota',
    'http-rate-limited',
    36_000,
  ],
  [
    'a quota that is used up',
    { status: 429, headers: {}, body: JSON.stringify(QUOTA) },
    'quota',
    'spotify-quota',
    3600,
  ],
  [
    'a user the app does not serve',
    { status: 403, headers: {}, body: 'the user may not' },
    'auth',
    'spotify-user',
    undefined,
  ],
  [
    'an owner without Premium',
    {
      status: 403,
      headers: {},
      body: '{"error":{"status":403,"message":"Active premium subscription required for the owner of the app."}}',
    },
    'auth',
    'spotify-premium',
    undefined,
  ],
  ['a refusal of this one thing', { status: 403 }, 'auth', 'http-forbidden', undefined],
])('%s ends the run', async (_, answer, kind, code, retryAfterSeconds) => {
  const fake = await account({ savedTracks: [saved(1)] });
  fake.disturb({ after: 0, times: 9, ...answer });
  expect(await failureOf('saved_tracks', fake)).toMatchObject({ kind, code, retryAfterSeconds });
  expect(fake.requests).toBe(1);
});

test('a permission that is missing is no playlist that is hidden', async () => {
  const fake = await account({ playlists: [playlist(1, { total: 1 })] }, { scopes: ['user-library-read'] });
  expect(await failureOf('playlist_items', fake)).toMatchObject({ kind: 'auth', code: 'spotify-scope' });
});

test("the vendor's limit is met and waited for", async () => {
  const clock = fakeClock('2026-11-21T06:00:00Z');
  const library = downTo(1, 12).map((number) => saved(number));
  const fake = await account({ savedTracks: library, pageSize: 2 }, { now: () => clock.now(), perHalfMinute: 4 });
  const { records, failure } = await read('saved_tracks', fake, { clock });
  expect(failure).toBeUndefined();
  expect(records).toHaveLength(12);
  expect(clock.slept).not.toEqual([]);
});

test('says who is signed in', async () => {
  const fake = await account({});
  const http = httpOf(connector, fake, fakeClock());
  onTestFinished(() => http.close());
  expect(await connector.whoami?.(http)).toBe('user-1');
});

test('a refresh token that is refused may simply be six months old', async () => {
  const { credentials, baseUrl, authUrl } = await account({});
  const tokens = tokensOf(connector);
  if (tokens === undefined) throw new Error('no tokens');
  const world = { clock: fakeClock(), random: () => 0.5 };
  const request = { service: 'spotify', tokens, credentials, secrets: [], baseUrl, authUrl };
  await expect(refresh(request, { held: 'an old one' }, world)).rejects.toMatchObject({
    kind: 'auth',
    code: 'token-refused',
    hint: expect.stringMatching(/tidemill auth spotify\. .*six months/),
  });
});
