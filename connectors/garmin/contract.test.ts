import { eachDay } from '@tidemill/kit';
import { serviceContract } from '../../test/contracts/service.ts';
import { startGarmin } from '../../test/fakes/garmin.ts';
import type { Fields, GarminContents } from '../../test/fakes/garmin-data.ts';

type Kind = Exclude<keyof GarminContents, 'activities' | 'weight'>;

const DELETIONS = 'Garmin does not tell what was deleted: its row stays.';
const EMPTY = 'An empty answer is a day without data';

/** A week is read again each time: seven requests, or one more range. */
const BY_DAY = { since: '2026-08-15', overlap: 7 };
const BY_RANGE = { since: '2022-01-01', overlap: 1 };

/** A stream of one record a day; `fields` differ by `level`, `lacking` is one it can do without, `wrong` fits nowhere. */
function daily(
  kind: Kind,
  fields: (day: string, level: number) => Fields,
  { lacking, wrong }: Record<'lacking' | 'wrong', (record: Fields) => Fields>,
  { since, overlap } = BY_RANGE,
) {
  const on = (day: number, level = 50): readonly [string, Fields] => {
    const date = `2026-11-${day}`;
    return [date, fields(date, level)];
  };
  const contents = (...days: (readonly [string, Fields])[]): GarminContents => ({ [kind]: Object.fromEntries(days) });
  const old = [on(12), on(13), on(20)];
  const all = (start_date: string) =>
    Object.fromEntries([...eachDay(start_date, '2026-11-22')].map((date) => [date, fields(date, 50)]));
  const [date, record] = on(19);
  return {
    options: { start_date: '2026-11-10' },
    first: { contents: contents(...old), rows: 3 },
    news: { contents: contents(...old, on(21)), rows: 4 },
    late: { contents: contents(...old, on(16)), rows: 4 },
    edited: { contents: contents(on(12), on(13), on(20, 51)), rows: 3 },
    empty: { contents: {}, rows: 0 },
    without: { contents: contents(...old, [date, lacking(record)]), rows: 4 },
    retyped: { contents: contents(...old, [date, wrong(record)]), rows: 3 },
    paged: { contents: { [kind]: all(since) }, options: { start_date: since }, overlap },
    cannot: { deleted: DELETIONS, blank: EMPTY },
  };
}

const without =
  (field: string) =>
  (record: Fields): Fields =>
    Object.fromEntries(Object.entries(record).filter(([name]) => name !== field));
const retyped =
  (field: string) =>
  (record: Fields): Fields => ({ ...record, [field]: 'many' });
const inside =
  (field: string, change: (record: Fields) => Fields) =>
  (record: Fields): Fields => ({ ...record, [field]: change(record[field] as Fields) });

const midnight = (day: string): number => Date.parse(`${day}T00:00:00Z`);

const sleep = daily(
  'sleep',
  (day, level) => ({
    dailySleepDTO: {
      id: midnight(day),
      calendarDate: day,
      sleepStartTimestampGMT: midnight(day),
      sleepEndTimestampGMT: midnight(day) + 25_200_000,
      sleepTimeSeconds: 24_180,
      deepSleepSeconds: 5280,
      avgSleepStress: 14.5,
      sleepScores: { overall: { value: level, qualifierKey: 'GOOD' } },
    },
    sleepLevels: [],
    restingHeartRate: 44,
  }),
  {
    lacking: inside('dailySleepDTO', without('sleepScores')),
    wrong: inside('dailySleepDTO', retyped('sleepTimeSeconds')),
  },
  BY_DAY,
);

const heartRate = daily(
  'heart_rate',
  (day, level) => ({
    calendarDate: day,
    startTimestampGMT: `${day}T00:00:00.0`,
    endTimestampGMT: `${day}T23:59:00.0`,
    restingHeartRate: level,
    minHeartRate: 44,
    maxHeartRate: 150,
    heartRateValues: [
      [midnight(day), 60],
      [midnight(day) + 120_000, null],
    ],
  }),
  { lacking: without('lastSevenDaysAvgRestingHeartRate'), wrong: retyped('restingHeartRate') },
  BY_DAY,
);

const steps = daily(
  'steps',
  (calendarDate, level) => ({ calendarDate, totalSteps: level * 100, totalDistance: 4000, stepGoal: 7950 }),
  { lacking: without('stepGoal'), wrong: retyped('totalSteps') },
);

const stress = daily(
  'stress',
  (calendarDate, level) => ({ calendarDate, values: { overallStressLevel: level, restStressDuration: 25_440 } }),
  {
    lacking: inside('values', without('restStressDuration')),
    wrong: inside('values', retyped('overallStressLevel')),
  },
);

const hrv = daily(
  'hrv',
  (calendarDate, level) => ({
    calendarDate,
    weeklyAvg: 43,
    lastNightAvg: level,
    lastNight5MinHigh: 60,
    baseline: { lowUpper: 38, balancedLow: 41, balancedUpper: 55 },
    status: 'BALANCED',
  }),
  { lacking: without('baseline'), wrong: retyped('lastNightAvg') },
);

const bodyBattery = daily(
  'body_battery',
  (date, level) => ({
    date,
    charged: level,
    drained: 40,
    bodyBatteryValuesArray: [
      [midnight(date), 20],
      [midnight(date) + 60_000, 80],
    ],
  }),
  { lacking: without('drained'), wrong: retyped('charged') },
);

const weighingOn = (calendarDate: string, grams: number): Fields => ({
  samplePk: midnight(calendarDate) + grams,
  calendarDate,
  timestampGMT: midnight(calendarDate),
  weight: grams,
  bmi: 21.5,
  sourceType: 'INDEX_SCALE',
});
const weighing = (day: number, grams: number): Fields => weighingOn(`2026-11-${day}`, grams);
const weighings = (...records: Fields[]): GarminContents => ({
  weight: Object.fromEntries(records.map((record) => [String(record['calendarDate']), [record]])),
});
const scale = [weighing(12, 60_000), weighing(20, 59_720)];

const weight = {
  options: { start_date: '2026-11-10' },
  first: { contents: weighings(...scale), rows: 2 },
  news: { contents: weighings(...scale, weighing(21, 59_500)), rows: 3 },
  late: { contents: weighings(...scale, weighing(16, 59_900)), rows: 3 },
  edited: { contents: weighings(weighing(12, 60_000), { ...weighing(20, 59_720), bmi: 21.4 }), rows: 2 },
  empty: { contents: {}, rows: 0 },
  without: { contents: weighings(...scale, without('bmi')(weighing(19, 59_000))), rows: 3 },
  retyped: { contents: weighings(...scale, retyped('weight')(weighing(19, 59_000))), rows: 2 },
  paged: {
    contents: weighings(...[...eachDay(BY_RANGE.since, '2026-11-22')].map((day) => weighingOn(day, 60_000))),
    options: { start_date: BY_RANGE.since },
    overlap: BY_RANGE.overlap,
  },
  cannot: { deleted: DELETIONS, blank: EMPTY },
};

/** `back` counts half days into the past. */
function activity(back: number, fields: Fields = {}): Fields {
  const started = new Date(Date.parse('2026-11-20T18:00:00Z') - back * 43_200_000).toISOString();
  const written = started.slice(0, 19).replace('T', ' ');
  return {
    activityId: 1_000_000 - back,
    activityName: `Activity ${back}`,
    activityType: { typeId: 1, typeKey: 'running', parentTypeId: 17 },
    startTimeGMT: written,
    startTimeLocal: written,
    distance: 5000.5,
    duration: 1800.25,
    averageHR: 140,
    hasPolyline: true,
    ...fields,
  };
}

/** More than a page of them, newest first. */
const training = Array.from({ length: 130 }, (_, back) => activity(back));
const activitiesOf = (...activities: Fields[]): GarminContents => ({ activities });

const activities = {
  first: { contents: activitiesOf(...training), rows: 130 },
  news: { contents: activitiesOf(activity(-1), ...training), rows: 131 },
  late: {
    contents: activitiesOf(...training.slice(0, 7), activity(6.5, { activityId: 7 }), ...training.slice(7)),
    rows: 131,
  },
  edited: { contents: activitiesOf(activity(0, { activityName: 'Renamed' }), ...training.slice(1)), rows: 130 },
  empty: { contents: {}, rows: 0 },
  without: { contents: activitiesOf(without('distance')(activity(-1)), ...training), rows: 131 },
  retyped: { contents: activitiesOf(retyped('distance')(activity(-1)), ...training), rows: 130 },
  // One in two days and a half, for more than twenty years.
  paged: { contents: activitiesOf(...Array.from({ length: 3400 }, (_, index) => activity(index * 5))), overlap: 1 },
  many: (records: number) => ({
    contents: {
      activities: { length: records, at: (index: number) => activity(index / 1000, { activityId: 1 + index }) },
    },
    rows: records,
  }),
  cannot: { deleted: DELETIONS },
};

await serviceContract('garmin', {
  module: new URL('./index.ts', import.meta.url),
  open: () => startGarmin(),
  streams: { activities, sleep, heart_rate: heartRate, steps, stress, hrv, body_battery: bodyBattery, weight },
});
