import type { Stream } from '@tidemill/kit';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { onTrial, type Subject } from '../../test/contracts/connector-trial.ts';
import { type Extracted, extractAll } from '../../test/fakes/extract.ts';
import { type GarminFake, startGarmin } from '../../test/fakes/garmin.ts';
import type { GarminContents } from '../../test/fakes/garmin-data.ts';
import { clientOf, failureOf } from '../../test/fakes/http-client.ts';
import type { FakeHttp, Reply } from '../../test/fakes/http-server.ts';
import connector from './index.ts';

const NOW = new Date('2026-11-21T12:00:00Z');

async function openGarmin(contents: GarminContents = {}): Promise<GarminFake> {
  const garmin = await startGarmin();
  onTestFinished(() => garmin.close());
  garmin.publish(contents);
  return garmin;
}

interface Asked {
  readonly options?: object;
  readonly cursor?: unknown;
  readonly until?: Date;
}

const streamOf = (name: string) => connector.streams.find((stream) => stream.name === name) as Stream;

/** What the stream says, signed in as the account; `slept` are the waits between. */
async function read(
  garmin: GarminFake,
  name: string,
  asked: Asked = {},
): Promise<Extracted & { slept: readonly number[] }> {
  const { di_token: token } = JSON.parse(garmin.credentials['GARMIN_TOKENS'] ?? '');
  const { authorize, classify } = connector;
  const { http, clock } = clientOf({ url: garmin.baseUrl } as FakeHttp, {
    authorize: async () => authorize?.({}, token) ?? {},
    classify,
  });
  const extracted = await extractAll(streamOf(name), { system: { env: {}, cwd: '/' }, now: NOW, http, ...asked });
  return { ...extracted, slept: clock.slept };
}

const rowsOf = (name: string, records: readonly unknown[]): unknown[] => {
  const { source, row, toRow } = streamOf(name);
  return records.flatMap((record) => toRow(source.parse(record))).map((made) => row.parse(made));
};

const paths: Readonly<Record<string, readonly string[]>> = {
  sleep: ['/sleep-service/sleep/dailySleepData'],
  heart_rate: ['/wellness-service/wellness/dailyHeartRate/'],
  steps: ['/usersummary-service/stats/steps/daily/2026-11-19/2026-11-21'],
  stress: ['/usersummary-service/stats/stress/daily/2026-11-19/2026-11-21'],
  hrv: ['/hrv-service/hrv/daily/2026-11-19/2026-11-21'],
  body_battery: ['/wellness-service/wellness/bodyBattery/reports/daily'],
  weight: ['/weight-service/weight/range/2026-11-19/2026-11-21'],
};
const daily = Object.keys(paths);
const threeDays = { options: { start_date: '2026-11-19' } };

async function answering(name: string, reply: Reply): Promise<GarminFake> {
  const garmin = await openGarmin();
  for (const path of paths[name] ?? []) garmin.replace(path, reply);
  return garmin;
}

const json = { 'content-type': 'application/json' };
const nothings: Readonly<Record<string, Reply>> = {
  'its own way': {},
  '204': { status: 204 },
  'an empty body': { headers: json, body: '' },
  null: { headers: json, body: 'null' },
  'an empty object': { json: {} },
  'an empty text': { headers: json, body: '""' },
};

describe.each(daily)('%s without data', (name) => {
  it.each(Object.keys(nothings))('answered as %s is no row and no error', async (shape) => {
    const garmin = shape === 'its own way' ? await openGarmin() : await answering(name, nothings[shape] ?? {});
    const { records, marks } = await read(garmin, name, threeDays);
    expect(rowsOf(name, records)).toEqual([]);
    expect(marks.at(-1)).toEqual({ through: '2026-11-21' });
  });
});

describe('what is no answer', () => {
  it.each(daily)('of %s: 404 is no day without data, but a path that moved', async (name) => {
    const garmin = await answering(name, { status: 404, json: { message: 'HTTP 404 Not Found' } });
    const failure = await failureOf(read(garmin, name, threeDays));
    expect(failure).toMatchObject({ kind: 'source-changed', code: 'http-status' });
    expect(garmin.requests).toBe(1);
  });

  const page = '<!DOCTYPE html><html><head><title>Sign In</title></head></html>';

  it.each([...daily, 'activities'])('of %s: a page with status 200 never becomes data', async (name) => {
    const garmin = await openGarmin();
    garmin.disturb({ after: 0, status: 200, headers: { 'content-type': 'text/html' }, body: page });
    expect(await failureOf(read(garmin, name, threeDays))).toMatchObject({ kind: 'source-changed', code: 'not-json' });
  });

  it.each([...daily, 'activities'])('of %s: an error that is called a success never becomes data', async (name) => {
    for (const body of ['{"error":"x"}', '0', '"<html></html>"', '[0']) {
      const garmin = await openGarmin();
      garmin.disturb({ after: 0, status: 200, headers: json, body });
      expect(await failureOf(read(garmin, name, threeDays))).toMatchObject({ kind: 'source-changed' });
    }
  });

  it.each(['sleep', 'heart_rate', 'hrv', 'weight'])(
    'of %s: a list where none is due is no day either',
    async (name) => {
      const garmin = await openGarmin();
      garmin.disturb({ after: 0, status: 200, headers: json, body: '[]' });
      expect(await failureOf(read(garmin, name, threeDays))).toMatchObject({ code: 'schema-mismatch' });
    },
  );

  it('a page with 403 is not the fault of the tokens, and is not asked for again', async () => {
    const garmin = await openGarmin();
    garmin.disturb({ after: 1, status: 403 });
    expect(await failureOf(read(garmin, 'sleep', threeDays))).toMatchObject({
      kind: 'quota',
      code: 'garmin-turned-away',
      retryAfterSeconds: 900,
    });
    expect(garmin.requests).toBe(2);
  });

  it('403 without a page is', async () => {
    const garmin = await openGarmin();
    garmin.disturb({ after: 0, status: 403, body: '{"message":"Forbidden"}' });
    expect(await failureOf(read(garmin, 'sleep', threeDays))).toMatchObject({ kind: 'auth', code: 'http-forbidden' });
  });

  it('429 that names no wait ends the run at once, after what was read', async () => {
    const garmin = await openGarmin();
    garmin.disturb({ after: 1, status: 429 });
    expect(await failureOf(read(garmin, 'sleep', threeDays))).toMatchObject({ kind: 'quota', retryAfterSeconds: 900 });
    expect(garmin.requests).toBe(2);
  });

  it('429 that names a short wait is waited for', async () => {
    const garmin = await openGarmin();
    garmin.disturb({ after: 1, status: 429, headers: { 'retry-after': '7' } });
    const { marks, slept } = await read(garmin, 'sleep', threeDays);
    expect(marks.at(-1)).toEqual({ through: '2026-11-21' });
    expect(slept).toEqual([7000]);
  });
});

describe('days', () => {
  const asked = async (name: string, options: Asked): Promise<string[]> => {
    const garmin = await openGarmin();
    await read(garmin, name, options);
    return garmin.seen.map(({ path, query }) => query['date'] ?? path.split('/').slice(-2).join(' '));
  };

  it('of a first run go back 30 days, not to the beginning', async () => {
    const days = await asked('sleep', {});
    expect(days).toHaveLength(31);
    expect([days[0], days.at(-1)]).toEqual(['2026-10-22', '2026-11-21']);
  });

  it('of a first run begin with start_date, and later ones never before it', async () => {
    expect(await asked('sleep', threeDays)).toEqual(['2026-11-19', '2026-11-20', '2026-11-21']);
    const later = { ...threeDays, cursor: { through: '2026-11-20' } };
    expect(await asked('sleep', later)).toEqual(['2026-11-19', '2026-11-20', '2026-11-21']);
  });

  it('of a later run are the last seven again', async () => {
    const days = await asked('sleep', { cursor: { through: '2026-11-20' } });
    expect([days.length, days[0], days.at(-1)]).toEqual([9, '2026-11-13', '2026-11-21']);
  });

  it('of a backfill are those it spans, and no others', async () => {
    const cursor = streamOf('sleep').cursor?.at?.(new Date('2026-03-10T00:00:00Z'));
    const days = await asked('sleep', { ...threeDays, cursor, until: new Date('2026-03-12T00:00:00Z') });
    expect(days).toEqual(['2026-03-10', '2026-03-11']);
  });

  it('are asked for 28 at a time where ranges can be, none left out', async () => {
    expect(await asked('hrv', { options: { start_date: '2026-09-20' } })).toEqual([
      '2026-09-20 2026-10-17',
      '2026-10-18 2026-11-14',
      '2026-11-15 2026-11-21',
    ]);
  });

  it('are said to be out one by one, so that a run that is cut short has not run for nothing', async () => {
    const { marks } = await read(await openGarmin(), 'sleep', threeDays);
    expect(marks).toEqual(['2026-11-19', '2026-11-20', '2026-11-21'].map((through) => ({ through })));
  });
});

test('activities end with an empty page, and a backfill says up to which day', async () => {
  const garmin = await openGarmin();
  const backfill = { cursor: { through: '2026-03-10' }, until: new Date('2026-03-12T00:00:00Z') };
  const { marks } = await read(garmin, 'activities', backfill);
  await read(garmin, 'activities', { cursor: { through: '2026-11-20' } });
  expect(garmin.seen.map(({ query }) => query)).toEqual([
    { startDate: '2026-03-10', endDate: '2026-03-11', limit: '100', start: '0' },
    { startDate: '2026-11-13', limit: '100', start: '0' },
  ]);
  expect(marks).toEqual([{ through: '2026-03-12' }]);
});

test('activities of many years are read year by year, no day left out and none twice', async () => {
  const garmin = await openGarmin();
  const { marks } = await read(garmin, 'activities');
  const windows = garmin.seen.map(({ query }) => query);
  const dayAfter = (day = ''): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
  expect(windows.slice(1).map(({ startDate }) => startDate)).toEqual(
    windows.slice(0, -1).map(({ endDate }) => dayAfter(endDate)),
  );
  expect([windows.length, windows[0]?.['startDate'], windows.at(-1)?.['endDate']]).toEqual([
    27,
    '2000-01-01',
    undefined,
  ]);
  expect(marks.slice(0, -1)).toEqual(windows.slice(0, -1).map(({ endDate }) => ({ through: endDate })));
  expect(marks.at(-1)).toEqual({ through: '2026-11-21' });
});

describe('what a row says', () => {
  it('of a night: instants in UTC, from the fields that are', () => {
    const night = {
      id: 1751863648000,
      calendarDate: '2025-07-07',
      sleepStartTimestampGMT: 1751863648000,
      sleepStartTimestampLocal: 1751842048000,
      sleepEndTimestampGMT: 1751888248000,
      sleepTimeSeconds: 24180,
      sleepScores: { overall: { value: 83, qualifierKey: 'GOOD' } },
    };
    expect(rowsOf('sleep', [{ dailySleepDTO: night, sleepLevels: null, restingHeartRate: 44 }])).toEqual([
      expect.objectContaining({
        calendar_date: '2025-07-07',
        started_at: '2025-07-07T04:47:28.000Z',
        ended_at: '2025-07-07T11:37:28.000Z',
        sleep_s: 24180,
        deep_s: null,
        score: 83,
        resting_heart_rate_bpm: 44,
      }),
    ]);
  });

  it('of an activity: a time without a zone that is called GMT is UTC', () => {
    const activity = {
      activityId: 1,
      activityType: { typeKey: 'running' },
      startTimeGMT: '2026-01-08 14:10:21',
      startTimeLocal: '2026-01-08 06:10:21',
    };
    expect(rowsOf('activities', [activity])).toEqual([
      expect.objectContaining({ started_at: '2026-01-08T14:10:21Z', started_at_local: '2026-01-08 06:10:21' }),
    ]);
  });

  it('of a heart: samples without a value are kept and not counted', () => {
    const samples = [
      [1767765600000, 63],
      [1767791880000, null],
    ];
    const day = {
      calendarDate: '2026-01-07',
      startTimestampGMT: '2026-01-07T06:00:00.0',
      restingHeartRate: 52,
      heartRateValues: samples,
    };
    expect(rowsOf('heart_rate', [day])).toEqual([
      expect.objectContaining({ started_at: '2026-01-07T06:00:00.0Z', resting_bpm: 52, sample_count: 1, samples }),
    ]);
  });

  it('of stress that could not be measured: nothing, not minus one', () => {
    const values = { overallStressLevel: -2, restStressDuration: 0 };
    expect(rowsOf('stress', [{ calendarDate: '2026-01-07', values }])).toEqual([
      expect.objectContaining({ overall_level: null, rest_s: 0 }),
    ]);
  });

  it('of a Body Battery: the level stands where Garmin says it does', () => {
    const of = (key: string, index: number) => ({
      bodyBatteryValueDescriptorKey: key,
      bodyBatteryValueDescriptorIndex: index,
    });
    const day = {
      date: '2026-01-07',
      charged: 50,
      drained: 40,
      bodyBatteryValueDescriptorDTOList: [of('timestamp', 0), of('bodyBatteryStatus', 1), of('bodyBatteryLevel', 2)],
      bodyBatteryValuesArray: [
        [1767765600000, 'MEASURED', 20],
        [1767765660000, 'MEASURED', 80],
      ],
    };
    expect(rowsOf('body_battery', [day])).toEqual([expect.objectContaining({ highest: 80, lowest: 20 })]);
  });

  it('of a weighing: kilograms', () => {
    const sample = { samplePk: 1749996902851, calendarDate: '2026-01-07', weight: 59720.0, muscleMass: 27500 };
    expect(rowsOf('weight', [sample])).toEqual([
      expect.objectContaining({ sample_id: 1749996902851, weight_kg: 59.72, muscle_mass_kg: 27.5, bone_mass_kg: null }),
    ]);
  });

  it.each([
    ['sleep', { dailySleepDTO: { id: 5, calendarDate: null, sleepTimeSeconds: 1 } }],
    ['steps', { calendarDate: null, totalSteps: 5 }],
  ])('of %s measured on no day: it is rejected, not lost', (name, record) => {
    expect(() => rowsOf(name, [record])).toThrow('calendar_date');
  });
});

test('who is signed in is told by name', async () => {
  const garmin = await openGarmin();
  const { di_token: token } = JSON.parse(garmin.credentials['GARMIN_TOKENS'] ?? '');
  const { http } = clientOf({ url: garmin.baseUrl } as FakeHttp, {
    authorize: async () => connector.authorize?.({}, token) ?? {},
  });
  expect(await connector.whoami?.(http)).toBe('User One');
  expect(garmin.seen[0]?.headers).toMatchObject({ 'user-agent': 'GCM-Android-5.23', 'x-lang': 'en' });
});

test('a whole run with tokens of garth exchanges them once, and again when the access token is over', async () => {
  const nothing = { contents: {}, rows: 0 };
  let garmin: GarminFake | undefined;
  const subject: Subject = {
    module: new URL('./index.ts', import.meta.url),
    connector,
    stream: streamOf('steps'),
    trial: { first: nothing, later: nothing, malformed: nothing },
    open: async () => {
      garmin = await startGarmin('oauth1');
      return garmin;
    },
  };
  await onTrial(subject, async (trial) => {
    const exchanges = (): number => garmin?.asides.filter(({ path }) => path.includes('exchange')).length ?? 0;
    await trial.publish({ steps: { '2026-11-20': { calendarDate: '2026-11-20', totalSteps: 5 } } });
    await trial.runs();
    await trial.runs({ at: 'later' });
    expect([(await trial.rows()).length, exchanges()]).toEqual([1, 1]);
    garmin?.expireTokens();
    await trial.runs({ at: 'later' });
    expect(exchanges()).toBe(2);
  });
});

describe('the service on loopback', () => {
  it.each([
    ['/usersummary-service/stats/steps/daily/2026-11-01/2026-11-28', 200],
    ['/usersummary-service/stats/steps/daily/2026-11-01/2026-11-29', 400],
    ['/usersummary-service/stats/steps/daily/2026-11-02/2026-11-01', 400],
    ['/usersummary-service/stats/steps/daily/2026-11-01/2026-11-28?limit=5', 400],
    ['/wellness-service/wellness/bodyBattery/reports/daily?startDate=2026-11-01', 400],
    ['/sleep-service/sleep/dailySleepData', 400],
    ['/sleep-service/sleep/dailySleepData?date=yesterday', 400],
    ['/activitylist-service/activities/search/activities?start=0&limit=1001', 400],
  ])('answers GET %s with %i, as Garmin does', async (path, status) => {
    const { baseUrl, credentials } = await openGarmin();
    const { di_token: token } = JSON.parse(credentials['GARMIN_TOKENS'] ?? '');
    const answer = await fetch(`${baseUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(status);
  });
});
