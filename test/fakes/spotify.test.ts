import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import connector from '../../connectors/spotify/index.ts';
import { fakeClock } from './clock.ts';
import { httpOf } from './read-service.ts';
import { EMPTY, type SpotifyContents, startSpotify } from './spotify.ts';
import { entry, play, playlist } from './spotify-samples.ts';

async function ask(path: string, contents: Partial<SpotifyContents> = {}) {
  const fake = await startSpotify();
  await fake.publish({ ...EMPTY, ...contents });
  const http = httpOf(connector, fake, fakeClock());
  onTestFinished(async () => {
    await http.close();
    await fake.close();
  });
  return http.json(path, z.unknown(), { accept: [400, 403, 404] });
}

const LIST = { playlists: [playlist(1, { total: 1 })], items: { list1: [entry(1)] } };

test.each([
  ['me/player/recently-played?after=1&before=2', 400],
  ['me/player/recently-played?limit=51', 400],
  ['me/tracks?limit=51', 400],
  ['me/tracks?since=2026-01-01', 400],
  ['me/top/tracks?time_range=ever', 400],
  ['me/top/albums', 404],
  ['me/following', 400],
  ['tracks?ids=track1,track2', 403],
  ['playlists/list1/tracks', 403],
  ['playlists/list2/items', 403],
  ['users/user-1/playlists', 404],
])('the API since February 2026 has no %s: %i', async (path, status) => {
  expect((await ask(path, LIST)).status).toBe(status);
});

test('an older app has the other address', async () => {
  expect((await ask('playlists/list1/items', { ...LIST, generation: 'before' })).status).toBe(404);
  expect((await ask('playlists/list1/tracks', { ...LIST, generation: 'before' })).value).toMatchObject({
    items: [{ track: { id: 'track1' } }],
  });
});

test('it knows the last fifty plays, in whatever way they are asked for', async () => {
  const plays = Array.from({ length: 55 }, (_, index) => play(55 - index));
  const { value } = await ask('me/player/recently-played?limit=50', { plays });
  expect(value).toMatchObject({ cursors: { after: String(Date.parse('2026-11-20T10:55:00.497Z')) } });
  const oldest = Date.parse('2026-11-20T10:06:00.497Z');
  const { value: older } = await ask(`me/player/recently-played?limit=50&before=${oldest}`, { plays });
  expect(older).toMatchObject({ items: [], cursors: null, next: null });
});
