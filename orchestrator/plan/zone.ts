/**
 * How a time zone's wall clock runs, read from the runtime's own tzdata. All instants and wall times are in
 * milliseconds; a wall time is the instant at which a clock in UTC shows the same.
 */
import { TidemillError } from '@tidemill/kit';

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** Instants of one UTC day, `from` up to but without `to`, during which the wall clock is ahead of UTC by `offset`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
  /**
   * How far the wall clock had come when the stretch began. Normally `from + offset`. Less when the clock jumped
   * ahead: the wall times from here to `from + offset` do not exist. More when it was set back: the wall times from
   * `from + offset` to here are shown a second time.
   */
  readonly shown: number;
}

interface Zone {
  /** Undefined for UTC itself: the first one that is made costs a process 12 ms. */
  readonly format: Intl.DateTimeFormat | undefined;
  /** By days since 1970-01-01 UTC. */
  readonly offsets: Map<number, number>;
  readonly stretches: Map<number, readonly Stretch[]>;
}

const zones = new Map<string, Zone>();

/** Whether the runtime knows the IANA time zone. Offsets such as `+01:00` are none: they know no summer time. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    zoneOf(name);
    return true;
  } catch (error) {
    if (error instanceof TidemillError) return false;
    throw error;
  }
}

/**
 * The stretches of a UTC day (counted from 1970-01-01), in order: one, or two when the offset changes in it. No zone
 * has changed its offset twice within a day, or set its clock back by more than a day, since 1970.
 *
 * Throws a TidemillError `config` / `timezone-unknown`.
 */
export function stretchesOf(timezone: string, day: number): readonly Stretch[] {
  const zone = zoneOf(timezone);
  const known = zone.stretches.get(day);
  if (known !== undefined) return known;
  let shown = Number.NEGATIVE_INFINITY;
  const stretches = [...spansOf(zone, day - 1), ...spansOf(zone, day)].map((span) => {
    const stretch = { ...span, shown };
    shown = Math.max(shown, span.to + span.offset);
    return stretch;
  });
  const today = stretches.filter(({ from }) => from >= day * DAY_MS);
  zone.stretches.set(day, today);
  return today;
}

function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  try {
    const format =
      name === 'UTC' ? undefined : new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' });
    const zone = { format, offsets: new Map(), stretches: new Map() };
    zones.set(name, zone);
    return zone;
  } catch (cause) {
    throw new TidemillError('config', 'timezone-unknown', `there is no time zone "${name}"`, {
      hint: 'Use an IANA name such as Europe/Berlin or UTC.',
      cause,
    });
  }
}

function spansOf(zone: Zone, day: number): Omit<Stretch, 'shown'>[] {
  const from = day * DAY_MS;
  const to = from + DAY_MS;
  const offset = offsetOfDay(zone, day);
  const next = offsetOfDay(zone, day + 1);
  if (offset === next) return [{ from, to, offset }];
  const change = changeBetween(zone, from, to, offset);
  return [
    { from, to: change, offset },
    { from: change, to, offset: next },
  ].filter((span) => span.from < span.to);
}

/** The first whole second after `from` with another offset than there. */
function changeBetween(zone: Zone, from: number, to: number, offset: number): number {
  let [before, after] = [from / 1000, to / 1000];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (readOffset(zone, middle * 1000) === offset) before = middle;
    else after = middle;
  }
  return after * 1000;
}

function offsetOfDay(zone: Zone, day: number): number {
  const known = zone.offsets.get(day);
  if (known !== undefined) return known;
  const offset = readOffset(zone, day * DAY_MS);
  zone.offsets.set(day, offset);
  return offset;
}

const OFFSET = /GMT(?:(?<sign>[+-])(?<hours>\d\d):(?<minutes>\d\d)(?::(?<seconds>\d\d))?)?$/;

/** The zone's offset at an instant, from a text such as `11/21/2026, GMT+05:30`. */
function readOffset({ format }: Zone, instant: number): number {
  if (format === undefined) return 0;
  const { sign, hours = 0, minutes = 0, seconds = 0 } = OFFSET.exec(format.format(instant))?.groups ?? {};
  const ahead = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ahead : ahead;
}
