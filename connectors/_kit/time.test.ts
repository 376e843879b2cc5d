import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayIn, eachDay, epochSeconds, isoDate, minus } from './time.ts';

test('minus counts elapsed time, whatever the machine’s zone does', () => {
  expect(minus('2024-03-01', { days: 1 }).toISOString()).toBe('2024-02-29T00:00:00.000Z');
  expect(minus('2026-03-29T03:00:00+02:00', { hours: 2 }).toISOString()).toBe('2026-03-28T23:00:00.000Z');
  const start = new Date('2026-01-01T00:00:00Z');
  expect(minus(start, { days: 1, hours: 1, minutes: 1, seconds: 1 }).toISOString()).toBe('2025-12-30T22:58:59.000Z');
});

test('epoch seconds round down, so that as a lower bound they lose nothing', () => {
  expect(epochSeconds('1970-01-01T00:00:01.999Z')).toBe(1);
  expect(epochSeconds('1969-12-31T23:59:59.500Z')).toBe(-1);
});

test('isoDate is the day in UTC', () => {
  expect(isoDate('2026-01-01T00:30:00+02:00')).toBe('2025-12-31');
  expect(isoDate(new Date('2026-01-01T00:00:00Z'))).toBe('2026-01-01');
});

test.each([
  ['America/Vancouver', '2026-12-25T03:00:00Z', '2026-12-24'],
  ['Pacific/Kiritimati', '2026-12-24T10:00:00Z', '2026-12-25'],
  ['Asia/Kathmandu', '2026-12-24T18:15:00.000000Z', '2026-12-25'],
  ['Asia/Kathmandu', '2026-12-24T18:14:59.999Z', '2026-12-24'],
  // The last hour of a day and the first of the next, on the night the clocks go back.
  ['Europe/Berlin', '2026-10-24T22:30:00Z', '2026-10-25'],
  ['Europe/Berlin', '2026-10-25T22:30:00Z', '2026-10-25'],
  ['UTC-01:00', '2026-01-01T00:30:00Z', '2025-12-31'],
  ['GMT +5:30', '2025-12-31T18:30:00Z', '2026-01-01'],
  ['+0900', '2025-12-31T15:00:00Z', '2026-01-01'],
  ['UTC', '0099-03-01T00:00:00Z', '0099-03-01'],
])('in %s it is at %s the %s', (zone, instant, day) => {
  expect(dayIn(zone, instant)).toBe(day);
});

test.each(['', 'Mars/Olympus_Mons', 'UTC+99:00', 'Local'])('no day is known in %j', (zone) => {
  expect(dayIn(zone, '2026-01-01T00:00:00Z')).toBeUndefined();
});

const anyInstant = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });

test('dayIn is the day in UTC of an instant that is later by what the zone is ahead', () => {
  const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
  fc.assert(
    fc.property(zones, anyInstant, (timeZone, instant) => {
      const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
      const told = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value;
      const [, sign = '+', ...digits] = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(told ?? '') ?? [];
      const [hours = 0, minutes = 0, seconds = 0] = digits.map((written) => Number(written ?? 0));
      const ahead = ((hours * 60 + minutes) * 60 + seconds) * (sign === '-' ? -1 : 1);
      expect(dayIn(timeZone, instant)).toBe(isoDate(minus(instant, { seconds: -ahead })));
    }),
  );
});

test('dayIn reckons with an offset as it is written', () => {
  const offsets = fc.integer({ min: -14 * 60, max: 14 * 60 });
  fc.assert(
    fc.property(offsets, fc.constantFrom('', 'UTC', 'GMT '), anyInstant, (ahead, name, instant) => {
      const [hours, minutes] = [Math.floor(Math.abs(ahead) / 60), Math.abs(ahead) % 60];
      const zone = `${name}${ahead < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
      expect(dayIn(zone, instant)).toBe(isoDate(minus(instant, { minutes: -ahead })));
    }),
  );
});

test('eachDay names the days that have a moment in the half-open span', () => {
  expect([...eachDay('2024-02-28T23:00:00Z', '2024-03-01')]).toEqual(['2024-02-28', '2024-02-29']);
  expect([...eachDay('2024-02-28', '2024-02-28T00:00:00.001Z')]).toEqual(['2024-02-28']);
  expect([...eachDay('1969-12-31T12:00:00Z', '1970-01-01T12:00:00Z')]).toEqual(['1969-12-31', '1970-01-01']);
  expect([...eachDay('2024-02-28', '2024-02-28')]).toEqual([]);
  expect([...eachDay('2024-02-29', '2024-02-28')]).toEqual([]);
});

test('eachDay agrees with looking at every hour', () => {
  const hour = fc.integer({ min: -50_000, max: 500_000 });
  fc.assert(
    fc.property(hour, fc.integer({ min: 0, max: 200 }), (from, length) => {
      const at = (hours: number) => new Date(hours * 3_600_000);
      const days = new Set(
        Array.from({ length }, (_, i) =>
          at(from + i)
            .toISOString()
            .slice(0, 10),
        ),
      );
      expect([...eachDay(at(from), at(from + length))]).toEqual([...days]);
    }),
    { seed: 1 },
  );
});

test.each(['2024-01-01T00:00:00', '01.02.2024', '2024-13-01', '', 'now'])(
  '%j is refused: it has no zone or is no date',
  (text) => {
    expect(() => minus(text, {})).toThrow(expect.objectContaining({ kind: 'bug', code: 'invalid-instant' }));
  },
);
