/**
 * How GitHub delivered the ticks of a schedule, as people reported it. Each kind of day is data: how late, how many,
 * how often, and who saw it.
 */
import type { Chance } from './random.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** What became of one tick: the lateness of each delivery, in milliseconds; none when it was dropped. */
type Delivery = readonly number[];

export interface Weather {
  readonly what: string;
  /** Where it was seen. */
  readonly source: string;
  /** Of the tick of the hour, 0 to 23. */
  readonly deliver: (hour: number, chance: Chance) => Delivery;
}

const minutesLate = (chance: Chance): number => chance.spread(MINUTE, 20 * MINUTE);

const hoursLate =
  (low: number, high: number): Weather['deliver'] =>
  (_, chance) => [chance.between(low * HOUR, high * HOUR)];

export const weathers = {
  usual: {
    what: 'minutes late',
    source: 'github/docs data/reusables/actions/schedule-delay.md: can be delayed during periods of high loads',
    deliver: (_, chance) => [minutesLate(chance)],
  },
  half_a_day_late: {
    what: '10 h 50 min to 12 h 01 min late',
    source: 'open-multi-agent/open-multi-agent#557, 27 and 28 August 2026',
    deliver: hoursLate(10 + 50 / 60, 12 + 1 / 60),
  },
  hours_late: {
    what: '4 h 26, 4 h 10, 3 h 07, 3 h 51 or 6 h 30 late',
    source: 'orgs/community discussion #211921, five days in a row, 29 October to 2 November 2026',
    deliver: (_, chance) => [chance.pick([266, 250, 187, 231, 390]) * MINUTE + chance.between(0, MINUTE)],
  },
  one_in_ten: {
    what: 'one tick in ten delivered',
    source: 'aeonfun/aeon#642: 16 to 40 of 288 a day',
    deliver: (_, chance) => (chance.isLucky(0.1) ? [minutesLate(chance)] : []),
  },
  gaps: {
    what: 'gaps of 71 to 97 minutes',
    source: 'aeonfun/aeon#440',
    // Every hour later by the gap's surplus, until a tick is a whole hour late and the next one stands for both.
    deliver: (hour, chance) => (hour % 4 === 3 ? [] : [(hour % 4) * 20 * MINUTE + chance.between(0, 11 * MINUTE)]),
  },
  doubled: {
    what: 'hour 16 missing, hour 17 twice within a second; others doubled as well',
    source: 'actions/runner#379',
    deliver: (hour, chance) => {
      if (hour === 16) return [];
      const late = minutesLate(chance);
      return hour === 17 || chance.isLucky(0.2) ? [late, late + chance.between(1, 1000)] : [late];
    },
  },
  same_hour: {
    what: 'two late events in the same hour',
    source: 'gem5/gem5#3452',
    deliver: (hour, chance) => [hour % 2 === 0 ? HOUR + minutesLate(chance) : minutesLate(chance)],
  },
  none: {
    what: 'no run created at all',
    source: 'orgs/community discussions #209332 (one day missing) and #206019',
    deliver: () => [],
  },
} as const satisfies Record<string, Weather>;

export type WeatherName = keyof typeof weathers;

/** The thirty days. Those of the source's outage are usual ones, so that the breaker gets to see it. */
export const month: readonly WeatherName[] = [
  ...(['usual', 'doubled', 'hours_late', 'hours_late', 'hours_late', 'hours_late', 'hours_late'] as const),
  ...(['gaps', 'one_in_ten', 'one_in_ten', 'same_hour', 'none', 'usual', 'half_a_day_late'] as const),
  ...(['half_a_day_late', 'doubled', 'same_hour', 'usual', 'usual', 'usual', 'gaps'] as const),
  ...(['one_in_ten', 'one_in_ten', 'none', 'one_in_ten', 'doubled', 'half_a_day_late', 'hours_late'] as const),
  ...(['same_hour', 'usual'] as const),
];

export interface Tick {
  /** When the cron said, and when it came. */
  readonly nominal: number;
  readonly at: number;
  readonly weather: WeatherName;
}

/** The deliveries of the workflow's `17 * * * *`, in the order in which they come. */
export function ticksFrom(start: number, chance: Chance): Tick[] {
  const ticks = month.flatMap((weather, day) =>
    Array.from({ length: 24 }, (_, hour) => hour).flatMap((hour) => {
      const nominal = start + day * DAY + hour * HOUR + 17 * MINUTE;
      const late = weathers[weather].deliver(hour, chance);
      return late.map((each) => ({ nominal, at: Math.round(nominal + each), weather }));
    }),
  );
  return ticks.sort((a, b) => a.at - b.at);
}
