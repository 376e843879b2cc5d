import { type Http, openTokenHttp, tokensOf } from '@tidemill/kit';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import connector from '../../connectors/strava/index.ts';
import { type FakeClock, fakeClock } from './clock.ts';
import { failureOf } from './http-client.ts';
import { httpOf } from './read-service.ts';
import { EMPTY, type StravaFake, startStrava } from './strava.ts';
import { activity, idOf, stats, streams } from './strava-samples.ts';

const NOW = '2026-11-21T06:00:00Z';

async function open(limit = 100): Promise<{ fake: StravaFake; http: Http; clock: FakeClock }> {
  const clock = fakeClock(NOW);
  const limits = { overall: [200, 2000], read: [limit, 1000] } as const;
  const fake = await startStrava({ now: () => clock.now(), limits });
  const activities = [3, 2, 1].map((number) => activity(number));
  await fake.publish({ ...EMPTY, activities, stats: stats(1), streams: { [idOf(1)]: streams(1) } });
  const http = httpOf({ ...connector, budgets: [] }, fake, clock);
  onTestFinished(async () => {
    await http.close();
    await fake.close();
  });
  return { fake, http, clock };
}

const STREAMS = `activities/${idOf(1)}/streams`;

test.each([
  [`athlete/activities?after=${Date.parse(NOW) - 86_400_000}`, 400],
  ['athlete/activities?per_page=201', 400],
  ['athlete/activities?page=0', 400],
  ['athlete/activities?since=1', 400],
  [STREAMS, 400],
  [`${STREAMS}?keys=time,pulse&key_by_type=true`, 400],
  [`${STREAMS}?keys=time&key_by_type=false`, 400],
  [`activities/${idOf(9)}/streams?keys=time&key_by_type=true`, 404],
  ['athletes/1/stats', 403],
  ['clubs/1/members', 404],
])('the API has no %s: %i', async (path, status) => {
  const { http } = await open();
  expect((await http.json(path, z.unknown(), { accept: [400, 403, 404] })).status).toBe(status);
});

test.each([
  ['newest first', 'athlete/activities', [3, 2, 1]],
  ['oldest first after a time', 'athlete/activities?after=1', [1, 2, 3]],
  ['without the bounds themselves', `athlete/activities?after=${seconds(1)}&before=${seconds(3)}`, [2]],
  ['and none at the end', 'athlete/activities?page=2', []],
])('activities come %s', async (_, path, numbers) => {
  const { http } = await open();
  const { value } = await http.json(path, z.array(z.object({ id: z.int() })));
  expect(value.map(({ id }) => id - idOf(0))).toEqual(numbers);
});

function seconds(number: number): number {
  return Date.parse(String(activity(number)['start_date'])) / 1000;
}

test('a quarter of an hour holds so many requests, refused ones too, and the next one begins anew', async () => {
  const { http, clock } = await open(2);
  const usage = async () => (await http.json('athlete', z.unknown())).headers['x-readratelimit-usage'];
  expect([await usage(), await usage()]).toEqual(['1,1', '2,2']);
  expect(await failureOf(http.json('athlete', z.unknown(), { retry: 'never' }))).toMatchObject({ kind: 'quota' });
  await clock.sleep(15 * 60_000);
  expect(await usage()).toMatch(/^1,/);
});

test('a refresh token works once', async () => {
  const { fake, clock } = await open();
  const { credentials, authUrl = '', baseUrl } = fake;
  const url = `${authUrl}/oauth/token`;
  const http = openTokenHttp(url, { service: 'strava', clock, random: () => 0.5 });
  onTestFinished(() => http.close());
  const held = credentials['STRAVA_REFRESH_TOKEN'] ?? '';
  const renew = (token: string) =>
    tokensOf(connector)?.refresh(token, { credentials, url, baseUrl, http, now: clock.now() });
  const answer = await renew(held);
  expect(answer?.refresh).not.toBe(held);
  await expect(renew(held)).rejects.toMatchObject({ kind: 'auth', code: 'oauth-grant' });
  await expect(renew(answer?.refresh ?? '')).resolves.toMatchObject({ access: expect.any(String) });
});
