/** Wall times of a time zone, as instants. The zone's rules come from the runtime's own tzdata. */

const DAY_MS = 86_400_000;
/** Since 1970 no zone has changed its offset at another moment than a quarter of an hour. */
const QUARTER_MS = 900_000;

const zones = new Map<string, { readonly format: Intl.DateTimeFormat; readonly offsets: Map<number, number> }>();

/**
 * The instant at which the zone's clocks show the wall time, both in milliseconds; a wall time is the instant at which a
 * clock in UTC shows the same. One that is shown twice is the first of them; one that is skipped counts from before the
 * gap, as RFC 5545 (3.3.5) has it. `zone` is an IANA name; throws a RangeError for one that is not known.
 */
export function instantOfWall(wall: number, zone: string): number {
  // Not only sooner: the first `Intl.DateTimeFormat` costs a process 12 ms.
  if (zone === 'UTC') return wall;
  const before = offsetAt(zone, wall - DAY_MS);
  const after = offsetAt(zone, wall + DAY_MS);
  for (const offset of [before, after]) if (offsetAt(zone, wall - offset) === offset) return wall - offset;
  return wall - before;
}

function offsetAt(name: string, instant: number): number {
  const zone = zones.get(name) ?? {
    format: new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' }),
    offsets: new Map<number, number>(),
  };
  zones.set(name, zone);
  const quarter = Math.floor(instant / QUARTER_MS);
  const known = zone.offsets.get(quarter);
  if (known !== undefined && instant >= 0) return known;
  const offset = readOffset(zone.format.format(instant));
  // Years of them are kept, not more: a source with wild dates must not fill the memory.
  if (zone.offsets.size < 1_000_000) zone.offsets.set(quarter, offset);
  return offset;
}

const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

/** Of a text such as `11/21/2026, GMT+05:30`. */
function readOffset(text: string): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = OFFSET.exec(text) ?? [];
  const ahead = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ahead : ahead;
}
