import { CronExpressionParser } from 'cron-parser';
import { Cron } from 'croner';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cronExpression, cronText, isStar, type RandomCron } from '../../test/arbitraries/cron.ts';
import { fires, type WallMinute, wallMinutes } from '../../test/oracles/slots.ts';
import { cronFault, parseCron } from './cron.ts';
import { nextSlot, previousSlot, slotAt, slotCount, slotsBetween, type Timetable } from './slots.ts';

const SEED = 20261121;
const DAY = 86_400_000;

/** Every way in which clocks have been changed lately, and a few zones that leave them alone. */
const ZONES = [
  'UTC',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Africa/Windhoek',
  'America/Caracas',
  'America/Havana',
  'America/New_York',
  'America/Santiago',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Antarctica/Troll',
  'Antarctica/Vostok',
  'Asia/Baku',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Kathmandu',
  'Asia/Pyongyang',
  'Asia/Tehran',
  'Australia/Adelaide',
  'Australia/Lord_Howe',
  'Europe/Berlin',
  'Europe/Chisinau',
  'Europe/Dublin',
  'Europe/Moscow',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Pacific/Kwajalein',
];

interface Window {
  readonly timezone: string;
  /** The oracle walks from a day before. */
  readonly start: number;
  readonly end: number;
}

const around = (timezone: string, instant: number): Window => ({
  timezone,
  start: instant - 1.25 * DAY,
  end: instant + 1.25 * DAY,
});

/** Days on which the zone's clock changed between 2005 and 2030, told by the hour it shows at midnight in UTC. */
function changes(timezone: string): number[] {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    hour: 'numeric',
    minute: 'numeric',
    day: 'numeric',
  });
  const time = (instant: number): string => format.format(instant).replace(/^\d+/, '');
  const found = [];
  let shown = time(Date.UTC(2005, 0, 1));
  for (let day = Date.UTC(2005, 0, 1); day < Date.UTC(2030, 0, 1); day += DAY) {
    const before = shown;
    shown = time(day + DAY);
    if (shown !== before) found.push(day);
  }
  return found;
}

/** At most so many, evenly chosen. */
const some = <T>(all: readonly T[], most: number): T[] =>
  all.filter((_, index) => index % Math.ceil(all.length / most) === 0);

const monthEnds = [Date.UTC(2024, 1, 29), Date.UTC(2026, 2, 1), Date.UTC(2027, 0, 1), Date.UTC(2026, 10, 30, 12)];

const wholeDays = [
  around('Pacific/Apia', Date.UTC(2011, 11, 30, 10)),
  around('Pacific/Kwajalein', Date.UTC(1993, 7, 21, 12)),
  around('Pacific/Kiritimati', Date.UTC(1994, 11, 31, 10)),
  around('Antarctica/Vostok', Date.UTC(1994, 0, 31, 17)),
];

const windows: Window[] = [
  ...wholeDays,
  ...ZONES.flatMap((timezone, index) => [
    ...some(changes(timezone), 5).map((day) => around(timezone, day)),
    around(timezone, monthEnds[index % monthEnds.length] ?? 0),
  ]),
];

const walked = new Map<Window, WallMinute[]>();

function minutesOf(window: Window): WallMinute[] {
  const known = walked.get(window);
  if (known !== undefined) return known;
  const minutes = wallMinutes(window.timezone, window.start - DAY, window.end);
  walked.set(window, minutes);
  return minutes;
}

const slotsIn = (timetable: Timetable, after: number, through: number): number[] =>
  [...slotsBetween(timetable, new Date(after), new Date(through))].map(Number);

const theCase = fc.record({
  cron: cronExpression,
  window: fc.constantFrom(...windows),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
});

it('parses what was drawn', () => {
  fc.assert(
    fc.property(cronExpression, (cron) => {
      const sorted = (values: ReadonlySet<number>): number[] => [...values].sort((a, b) => a - b);
      expect(parseCron(cron.text)).toEqual({
        minutes: sorted(cron.minute.values),
        hours: sorted(cron.hour.values),
        daysOfMonth: sorted(cron.dayOfMonth.values),
        months: sorted(cron.month.values),
        daysOfWeek: sorted(cron.dayOfWeek.values),
        everyHour: /^\*(\/\d+)?$/.test(cron.hour.text),
        eitherDay: !isStar(cron.dayOfMonth) && !isStar(cron.dayOfWeek),
      });
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

it('covers gaps, repeats, whole days and quiet times in at least twenty zones', () => {
  expect(new Set(windows.map(({ timezone }) => timezone)).size).toBeGreaterThanOrEqual(20);
  expect(windows.length).toBeGreaterThan(100);
});

it('finds exactly the slots that a walk through every minute finds', () => {
  let found = 0;
  fc.assert(
    fc.property(theCase, ({ cron, window }) => {
      const timetable = { cron: cron.text, timezone: window.timezone };
      const expected = fires(cron, minutesOf(window)).filter((slot) => slot > window.start && slot <= window.end);
      expect(slotsIn(timetable, window.start, window.end - 1)).toEqual(expected);
      found += expected.length;
    }),
    { seed: SEED, numRuns: 4000 },
  );
  expect(found).toBeGreaterThan(10_000);
});

it('agrees with that walk from any instant, forwards and backwards', () => {
  fc.assert(
    fc.property(theCase, ({ cron, window, at }) => {
      const timetable = { cron: cron.text, timezone: window.timezone };
      const expected = fires(cron, minutesOf(window)).filter((slot) => slot > window.start);
      const instant = new Date(Math.floor(window.start + at * (window.end - window.start)));
      const ahead = expected.find((slot) => slot > Number(instant));
      const behind = expected.findLast((slot) => slot < Number(instant));
      if (ahead === undefined) expect(Number(nextSlot(timetable, instant))).toBeGreaterThanOrEqual(window.end);
      else expect(Number(nextSlot(timetable, instant))).toBe(ahead);
      if (behind === undefined) expect(Number(previousSlot(timetable, instant))).toBeLessThanOrEqual(window.start);
      else expect(Number(previousSlot(timetable, instant))).toBe(behind);
    }),
    { seed: SEED + 1, numRuns: 3000 },
  );
});

it('counts as many slots as that walk finds, between any two instants', () => {
  let counted = 0;
  const between = fc.tuple(theCase, fc.double({ min: 0, max: 1, noNaN: true }));
  fc.assert(
    fc.property(between, ([{ cron, window, at }, other]) => {
      const timetable = { cron: cron.text, timezone: window.timezone };
      const [after = 0, through = 0] = [at, other]
        .map((share) => Math.floor(window.start + share * (window.end - 1 - window.start)))
        .sort((a, b) => a - b);
      const expected = fires(cron, minutesOf(window)).filter((slot) => slot > after && slot <= through);
      expect(slotCount(timetable, new Date(after), new Date(through))).toBe(expected.length);
      // Both ends are a matter of one millisecond.
      for (const slot of expected.slice(0, 3)) {
        expect(slotCount(timetable, new Date(slot - 1), new Date(slot))).toBe(1);
        expect(slotCount(timetable, new Date(slot), new Date(slot))).toBe(0);
      }
      counted += expected.length;
    }),
    { seed: SEED + 6, numRuns: 4000 },
  );
  expect(counted).toBeGreaterThan(10_000);
});

it('counts as many slots over months as there are one by one, in every zone', () => {
  const instant = fc.date({ min: new Date('1975-01-01'), max: new Date('2045-01-01'), noInvalidDate: true });
  const days = fc.double({ min: 0, max: 120, noNaN: true });
  const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), ...ZONES);
  fc.assert(
    fc.property(cronExpression, zones, instant, days, ({ text: cron }, timezone, from, length) => {
      const timetable = { cron, timezone };
      const through = new Date(from.getTime() + Math.floor(length * DAY));
      const slots = [...slotsBetween(timetable, from, through).take(3000)];
      const end = slots.length < 3000 ? through : (slots.at(-1) ?? through);
      expect(slotCount(timetable, from, end)).toBe(slots.length);
    }),
    { seed: SEED + 7, numRuns: 1500 },
  );
});

it('goes the same way back as forth, over years', () => {
  const instant = fc.date({ min: new Date('1975-01-01'), max: new Date('2045-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(cronExpression, fc.constantFrom(...ZONES), instant, ({ text: cron }, timezone, from) => {
      const timetable = { cron, timezone };
      const forth = [nextSlot(timetable, from)];
      while (forth.length < 4) forth.push(nextSlot(timetable, forth.at(-1) ?? from));
      const back = [previousSlot(timetable, new Date(Number(forth[3]) + 1))];
      while (back.length < 4) back.unshift(previousSlot(timetable, back[0] ?? from));
      expect(back).toEqual(forth);
      expect(slotAt(timetable, back[0] ?? from)).toEqual(back[0]);
      expect(Number(previousSlot(timetable, back[0] ?? from))).toBeLessThanOrEqual(Number(from));
      expect(slotsIn(timetable, Number(from), Number(forth[3]))).toEqual(forth.map(Number));
    }),
    { seed: SEED + 2, numRuns: 3000 },
  );
});

/** croner takes a star with step 1 for a restriction, and Sunday to Sunday for the whole week. */
const isReadAlike = ({ text }: RandomCron): boolean => !/\*\/1( |$)|Sun-Sun/.test(text);

it('agrees with croner where the clock does not change', () => {
  const quiet = ['UTC', 'Asia/Kathmandu', 'Asia/Kolkata', 'Asia/Tokyo', 'Pacific/Kiritimati'];
  const instant = fc.date({ min: new Date('2015-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(
      cronExpression.filter(isReadAlike),
      fc.constantFrom(...quiet),
      instant,
      ({ text: cron }, timezone, from) => {
        expect(crons({ cron, timezone }, from)).toEqual(ours({ cron, timezone }, from));
      },
    ),
    { seed: SEED + 3, numRuns: 1500 },
  );
});

it('agrees with croner across clock changes, where the policies are the same: fixed minutes and hours', () => {
  const plain = (cron: RandomCron): boolean => isReadAlike(cron) && /^\d+ \d+ /.test(cron.text);
  const zones = ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Beirut'];
  const places = windows.filter(({ timezone }) => zones.includes(timezone));
  fc.assert(
    fc.property(cronExpression.filter(plain), fc.constantFrom(...places), ({ text: cron }, { timezone, start }) => {
      const from = new Date(start);
      expect(crons({ cron, timezone }, from)).toEqual(ours({ cron, timezone }, from));
    }),
    { seed: SEED + 4, numRuns: 1500 },
  );
});

const ours = (timetable: Timetable, from: Date): Date[] => {
  const next = nextSlot(timetable, from);
  return [previousSlot(timetable, from), next, nextSlot(timetable, next)];
};

const crons = ({ cron, timezone }: Timetable, from: Date): Date[] => {
  const job = new Cron(cron, { timezone, mode: '5-part' });
  const [previous] = job.previousRuns(1, from);
  return [...(previous === undefined ? [] : [previous]), ...job.nextRuns(2, from)];
};

/** For it a star with step 1 in a day field is a restriction, for us and for crond it is a star. */
const starred = (text: string): string => text.replace(/(?<=^| )\*\/0*1(?= |$)/g, '*');

/** The next three instants in UTC by cron-parser; undefined for what it refuses although it is cron: `1-5,3`, `0,7`. */
function cronParsers(text: string, from: Date): Date[] | undefined {
  try {
    const ahead = CronExpressionParser.parse(starred(text), { currentDate: from, tz: 'UTC' });
    return ahead.take(3).map((date) => date.toDate());
  } catch (error) {
    expect(String(error)).toContain('duplicate values');
    return undefined;
  }
}

it('fires in UTC when cron-parser says, whatever both accept; it refuses nothing of ours but repeated values', () => {
  const instant = fc.date({ min: new Date('2015-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
  const text = fc.oneof(
    cronExpression.map((cron) => cron.text),
    cronText,
  );
  let compared = 0;
  fc.assert(
    fc.property(text, instant, (cron, from) => {
      if (cronFault(cron) !== undefined) return;
      const theirs = cronParsers(cron, from);
      if (theirs === undefined) return;
      const timetable = { cron, timezone: 'UTC' };
      const first = nextSlot(timetable, from);
      const second = nextSlot(timetable, first);
      expect([first, second, nextSlot(timetable, second)]).toEqual(theirs);
      compared += 1;
    }),
    { seed: SEED + 5, numRuns: 6000 },
  );
  expect(compared).toBeGreaterThan(2000);
});
