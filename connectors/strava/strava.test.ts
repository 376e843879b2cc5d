import { expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { type Given, httpOf, type Reading, readService, rowsOf, streamOf } from '../../test/fakes/read-service.ts';
import {
  EMPTY,
  type StravaContents,
  type StravaFake,
  type StravaOptions,
  startStrava,
} from '../../test/fakes/strava.ts';
import { inactive, tooManyOnce } from '../../test/fakes/strava-errors.ts';
import { activity, athlete, idOf, manualActivity, startOf, stats, streams } from '../../test/fakes/strava-samples.ts';
import connector from './index.ts';

const NOW = '2026-11-21T06:00:00Z';

async function account(contents: Partial<StravaContents>, options: StravaOptions = {}): Promise<StravaFake> {
  const fake = await startStrava(options);
  onTestFinished(() => fake.close());
  await fake.publish({ ...EMPTY, ...contents });
  return fake;
}

const read = (name: string, fake: StravaFake, given?: Given): Promise<Reading> =>
  readService(connector, name, fake, given);

/** Numbers from `last` down to `first`: the newest first. */
const downTo = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => last - index);

const numbers = (records: readonly unknown[]): number[] =>
  records.map((record) => {
    const { id, activity_id = id } = record as { id?: number; activity_id?: number };
    return (activity_id ?? Number.NaN) - idOf(0);
  });

/** What was asked of one address, in order. */
const asked = (fake: StravaFake, path: RegExp) => fake.seen.filter((request) => path.test(request.path));

/** So many activities, each with streams. */
const measured = (first: number, last: number): Partial<StravaContents> => ({
  activities: downTo(first, last).map((number) => activity(number)),
  streams: Object.fromEntries(downTo(first, last).map((number) => [idOf(number), streams(number)])),
});

test('activities are asked for by seconds, thirty days back, and a short page ends nothing', async () => {
  const list = [...downTo(395, 400), 1].map((number) => activity(number));
  const fake = await account({ activities: list, pageSize: 3, isFirstShort: true });
  const cursor = { through: '2026-11-20T00:00:00.000Z' };
  const { records, marks } = await read('activities', fake, { cursor });
  expect(numbers(records)).toEqual([400, 399, 398, 397, 396, 395, 1]);
  expect(marks).toEqual([{ through: '2026-11-21T06:00:00.000Z' }]);
  const after = String(Date.parse('2026-10-21T00:00:00Z') / 1000 - 1);
  const before = String(Date.parse(NOW) / 1000);
  expect(asked(fake, /activities/)[0]).toMatchObject({ query: { after, before, page: '1', per_page: '200' } });
});

test('without an overlap the second of the cursor itself is still read', async () => {
  const fake = await account({ activities: [2, 1].map((number) => activity(number)) });
  const given = { cursor: { through: startOf(2) }, options: { overlap_days: 0 } };
  expect(numbers((await read('activities', fake, given)).records)).toEqual([2]);
});

test('a first reading goes span by span, and begins before any activity', async () => {
  const old = activity(1, { id: idOf(900), start_date: '1996-04-01T09:00:00Z' });
  const fake = await account({ activities: [activity(2), old] });
  const { records, marks } = await read('activities', fake);
  expect(numbers(records)).toEqual([900, 2]);
  const bounds = asked(fake, /activities/)
    .filter(({ query }) => query['page'] === '1')
    .map(({ query }) => [query['after'], query['before']].map(Number));
  expect(bounds.slice(1).map(([after = 0]) => after + 1)).toEqual(bounds.slice(0, -1).map(([, before]) => before));
  expect(marks).toEqual(bounds.map(([, before = 0]) => ({ through: new Date(before * 1000).toISOString() })));
  expect([marks.length, marks[0], marks.at(-1)]).toEqual([
    10,
    { through: '2009-01-01T00:00:00.000Z' },
    { through: '2026-11-21T06:00:00.000Z' },
  ]);
});

test('a backfill reads up to its end and no further', async () => {
  const fake = await account({ activities: downTo(1, 50).map((number) => activity(number)) });
  const stream = streamOf(connector, 'activities');
  const cursor = stream.cursor?.at?.(new Date(startOf(20)));
  const { records } = await read('activities', fake, {
    cursor,
    until: new Date(startOf(30)),
    options: { overlap_days: 0 },
  });
  expect(numbers(records)).toEqual(downTo(20, 29));
});

test('a used-up budget ends a reading of activities in order, and the next one goes on', async () => {
  const clock = fakeClock(NOW);
  const activities = [
    ...downTo(1, 9).map((number) => activity(number)),
    activity(1, { id: idOf(900), start_date: '2001-04-01T09:00:00Z' }),
  ];
  const contents = { ...EMPTY, activities, pageSize: 2 };
  const fake = await account(contents, { now: () => clock.now(), limits: { overall: [200, 2000], read: [14, 1000] } });
  const first = await read('activities', fake, { clock });
  expect(first.failure).toBeUndefined();
  expect(first.notices).toEqual([expect.stringContaining('rate budget')]);
  expect(first.marks.at(-1)).toEqual({ through: '2024-12-28T00:00:00.000Z' });
  await clock.sleep(16 * 60_000);
  const second = await read('activities', fake, { clock, cursor: first.marks.at(-1) });
  expect(second.notices).toEqual([]);
  expect(numbers([...first.records, ...second.records])).toEqual(expect.arrayContaining([900, ...downTo(1, 9)]));
  expect(fake.requests).toBeLessThan(28);
});

test('streams stop at four fifths of a budget and go on in the next quarter of an hour, each read once', async () => {
  const clock = fakeClock(NOW);
  const limits = { overall: [200, 2000], read: [20, 1000] } as const;
  const fake = await account(measured(1, 30), { now: () => clock.now(), limits });
  const all: number[] = [];
  const waiting: string[] = [];
  let cursor: unknown;
  for (let run = 0; run < 4; run++) {
    const { records, marks, notices, failure } = await read('activity_streams', fake, { clock, cursor });
    expect(failure).toBeUndefined();
    all.push(...numbers(records));
    waiting.push(...notices);
    cursor = marks.at(-1);
    await clock.sleep(15 * 60_000);
  }
  expect(all).toEqual(downTo(1, 30).reverse());
  expect(waiting).toEqual([
    expect.stringMatching(/^\d+ activities wait/),
    expect.stringMatching(/^\d+ activities wait/),
  ]);
  expect(asked(fake, /streams$/)).toHaveLength(30);
});

test('a slice of a backfill is whole, or it fails', async () => {
  const clock = fakeClock(NOW);
  const limits = { overall: [200, 2000], read: [20, 1000] } as const;
  const fake = await account(measured(1, 30), { now: () => clock.now(), limits });
  const { records, failure } = await read('activity_streams', fake, { clock, until: new Date(NOW) });
  expect(failure).toMatchObject({ kind: 'quota', code: 'rate-limit' });
  expect(records.length).toBeGreaterThan(10);
  expect(fake.requests).toBe(20);
});

test('a late upload gets its streams, what was read does not get them again, and what is old is forgotten', async () => {
  const fake = await account({ ...measured(398, 400), activities: [400, 399, 398].map((number) => activity(number)) });
  const [cursor] = (await read('activity_streams', fake)).marks;
  expect(cursor).toEqual({
    through: '2026-11-21T06:00:00.000Z',
    done: [398, 399, 400].map((number) => String(idOf(number))),
  });
  await fake.publish({ ...EMPTY, ...measured(397, 400) });
  const { records, marks } = await read('activity_streams', fake, { cursor });
  expect(numbers(records)).toEqual([397]);
  const clock = fakeClock('2026-12-30T06:00:00Z');
  const later = await read('activity_streams', fake, { cursor: marks.at(-1), clock });
  expect([later.records, later.marks]).toEqual([[], [{ through: '2026-12-30T06:00:00.000Z', done: [] }]]);
});

test('an activity without streams is no failure, and one entered by hand is not asked for', async () => {
  const fake = await account({ activities: [activity(3), manualActivity(2)], streams: {} });
  const { records, marks, failure, notices } = await read('activity_streams', fake);
  expect([records, failure]).toEqual([[], undefined]);
  // It may be the path, too: whoever gets nothing else shall know.
  expect(notices).toEqual([expect.stringContaining('404 for all 1 activities')]);
  expect((await read('activity_streams', fake, { cursor: marks.at(-1) })).notices).toEqual([]);
  expect(asked(fake, /streams$/).map(({ path }) => path)).toEqual([`/api/v3/activities/${idOf(3)}/streams`]);
});

test('an odd activity in the list is rejected, and the others are read', async () => {
  const listed = [activity(5, { id: 'five' }), activity(3, { manual: 'no' }), activity(2)];
  const fake = await account({ ...measured(2, 3), activities: listed });
  const { records, failure, marks } = await read('activity_streams', fake);
  expect(failure).toBeUndefined();
  const [odd, ...others] = records;
  expect(streamOf(connector, 'activity_streams').source.safeParse(odd).success).toBe(false);
  expect(numbers(others)).toEqual([2, 3]);
  expect(marks.at(-1)).toMatchObject({ done: [String(idOf(2)), String(idOf(3))] });
});

test('a refusal without a word about the wait is waited for when the quarter of an hour is nearly over', async () => {
  const clock = fakeClock('2026-11-21T06:14:30Z');
  const fake = await account({ athlete: athlete() });
  fake.disturb({ after: 0, status: 429 });
  const { records } = await read('athlete', fake, { clock });
  expect(records).toHaveLength(1);
  expect(clock.slept).toEqual([31_000]);
});

test.each([
  ['as it is said today', { status: 429 }],
  ['as it used to be said', { status: 429, body: JSON.stringify(tooManyOnce().json) }],
])('otherwise it ends the run: %s', async (_, answer) => {
  const fake = await account({ athlete: athlete() });
  fake.disturb({ after: 0, ...answer });
  const { failure } = await read('athlete', fake);
  expect(failure).toMatchObject({ kind: 'quota', retryAfterSeconds: 901 });
});

test('an app without a subscription says so', async () => {
  const fake = await account({});
  fake.disturb({ after: 0, times: 9, status: 403, headers: {}, body: JSON.stringify(inactive().json) });
  expect((await read('athlete', fake)).failure).toMatchObject({ kind: 'auth', code: 'strava-inactive' });
});

test('a box that was not ticked is named', async () => {
  const fake = await account({}, { scopes: ['read'] });
  expect((await read('activities', fake)).failure).toMatchObject({ kind: 'auth', code: 'strava-scope' });
});

test('an activity entered by hand has no place, no way and no upload; its local time is no instant', () => {
  const [row] = rowsOf(streamOf(connector, 'activities'), [manualActivity(2)]);
  expect(row).toMatchObject({
    id: idOf(2),
    distance_m: 5000,
    started_at: '2026-11-01T02:00:00Z',
    started_at_local: '2026-11-01T02:00:00',
    start_latitude: null,
    polyline: null,
    upload_id: null,
    device_name: null,
  });
});

test('an activity of before 2022 may say what sport it was in its old place only', () => {
  const { sport_type: _, ...old } = activity(2, { type: 'Hike' });
  const [row] = rowsOf(streamOf(connector, 'activities'), [old]);
  expect(row).toMatchObject({ sport_type: 'Hike' });
  expect(rowsOf(streamOf(connector, 'activities'), [{ ...old, sport_type: 'TrailRun' }])).toMatchObject([
    { sport_type: 'TrailRun' },
  ]);
  const { type: __, ...silent } = old;
  expect(() => rowsOf(streamOf(connector, 'activities'), [silent])).toThrow('sport_type');
});

test('totals are rows by sport and period', () => {
  const rows = rowsOf(streamOf(connector, 'athlete_stats'), [{ athlete_id: 7, stats: stats(10) }]);
  expect(rows).toHaveLength(9);
  expect(rows).toContainEqual({
    athlete_id: 7,
    sport: 'ride',
    period: 'all',
    activities: 30,
    distance_m: 150_015,
    moving_seconds: 45_000,
    elapsed_seconds: 48_000,
    elevation_gain_m: 1200,
    achievements: null,
    biggest_distance_m: 120_000.5,
    biggest_climb_m: 900,
  });
  expect(rows.filter(({ achievements }) => achievements !== null)).toHaveLength(3);
});

test('an id that no double holds stays what it is', async () => {
  const fake = await account({});
  fake.disturb({ after: 0, status: 200, body: `{"id":9223372036854775807,"firstname":"user"}` });
  const { records } = await read('athlete', fake);
  expect(rowsOf(streamOf(connector, 'athlete'), records)).toMatchObject([{ id: 9223372036854775807n }]);
});

test.each([
  ['athlete', 0],
  ['athlete_stats', 1],
  ['activity_streams', 2],
])('%s: an error that is called a success never becomes data', async (name, after) => {
  const cursor = { through: startOf(1), done: [] };
  for (const body of ['{"message":"Error","errors":[]}', '[]', '0', '"<html></html>"']) {
    const fake = await account({ ...measured(1, 1), athlete: athlete(), stats: stats(1) });
    fake.disturb({ after, status: 200, body });
    const { records, failure } = await read(name, fake, { cursor });
    expect([records, failure]).toEqual([[], expect.objectContaining({ kind: 'source-changed' })]);
  }
});

test('totals name the athlete in no message', async () => {
  const own = athlete();
  const fake = await account({ athlete: own, stats: stats(1) });
  fake.disturb({ after: 1, status: 400, body: '{}' });
  const { failure } = await read('athlete_stats', fake);
  expect(failure?.message).toContain('/athletes/ID/stats');
  expect(JSON.stringify([failure?.message, failure?.request])).not.toContain(String(own.id));
});

test('says who is signed in', async () => {
  const fake = await account({ athlete: athlete() });
  const http = httpOf(connector, fake, fakeClock(NOW));
  onTestFinished(() => http.close());
  expect(await connector.whoami?.(http)).toBe('user 1');
});
