import { Decimal, parseDecimals } from '@tidemill/kit';
import { instantOfWall } from '@tidemill/kit/wall-time';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobColumn } from '../../config/job.ts';
import { readValue, Unreadable } from './column-value.ts';

type How = Pick<JobColumn, 'type' | 'zone' | 'epoch'>;
const instant = (how: Omit<How, 'type'> = {}): How => ({ type: 'timestamptz', ...how });
const berlin = instant({ zone: 'Europe/Berlin' });

describe('a column of a command', () => {
  it.each<[unknown, How, unknown]>([
    ['2026-01-31T06:00:00Z', instant(), '2026-01-31T06:00:00Z'],
    ['2026-01-31 06:00:00Z', instant(), '2026-01-31T06:00:00Z'],
    ['2026-01-31 06:00:00.5 +0100', instant(), '2026-01-31T06:00:00.5+01:00'],
    ['2026-01-31T06:00+01', instant(), '2026-01-31T06:00:00+01:00'],
    ['2026-01-31t06:00:00,123456789z', instant(), '2026-01-31T06:00:00.123456789Z'],
    ['2026-07-31 06:00', berlin, '2026-07-31T04:00:00Z'],
    ['2026-01-31 06:00:00.25', berlin, '2026-01-31T05:00:00.25Z'],
    ['2026-01-31T06:00:00-05:00', berlin, '2026-01-31T06:00:00-05:00'],
    ['1769839200', instant({ epoch: 'seconds' }), '2026-01-31T06:00:00.000000Z'],
    [1769839200, instant({ epoch: 'seconds' }), '2026-01-31T06:00:00.000000Z'],
    [1769839200123, instant({ epoch: 'milliseconds' }), '2026-01-31T06:00:00.123000Z'],
    [1769839200.5, instant({ epoch: 'seconds' }), '2026-01-31T06:00:00.500000Z'],
    [new Decimal('1769839200.12345678901234567'), instant({ epoch: 'seconds' }), '2026-01-31T06:00:00.123456Z'],
    [-1, instant({ epoch: 'microseconds' }), '1969-12-31T23:59:59.999999Z'],
    ['5', { type: 'integer' }, 5],
    ['-007', { type: 'bigint' }, -7],
    ['9007199254740993', { type: 'bigint' }, 9007199254740993n],
    ['1.5e3', { type: 'double' }, 1500],
    ['true', { type: 'boolean' }, true],
    ['false', { type: 'boolean' }, false],
  ])('takes %s', (value, how, read) => expect(readValue(value, how)).toEqual(read));

  it.each<[unknown, How, RegExp]>([
    ['2026-01-31 06:00', instant(), /declare the column's zone/],
    [1769839200, instant(), /declare the column's epoch/],
    ['1769839200', instant(), /^timestamptz, as 2026-01-31T06:00:00Z or with an offset$/],
    ['31.01.2026', instant(), /^timestamptz, as/],
    [253402300800, instant({ epoch: 'seconds' }), /years 1 to 9999/],
    [1e25, instant({ epoch: 'seconds' }), /^timestamptz, seconds since 1970$/],
    [true, instant({ epoch: 'seconds' }), /^timestamptz, as/],
    ['5.0', { type: 'integer' }, /^integer, a whole number or its text$/],
    [' 5', { type: 'integer' }, /^integer/],
    ['1,5', { type: 'double' }, /^double, a number or its text$/],
    ['NaN', { type: 'double' }, /^double/],
    [true, { type: 'double' }, /^double, a number or its text$/],
    [5.5, { type: 'integer' }, /^integer, a whole number or its text$/],
    [{}, { type: 'bigint' }, /^bigint, a whole number or its text$/],
    ['yes', { type: 'boolean' }, /^boolean, true or false or its text$/],
    [1, { type: 'boolean' }, /^boolean, true or false or its text$/],
    ['1,5', { type: 'numeric' }, /^numeric\(38,9\), a number or its text without an exponent$/],
    ['1e3', { type: 'numeric' }, /^numeric/],
    ['31.01.2026', { type: 'date' }, /^date, as 2026-01-31$/],
    [20260131, { type: 'date' }, /^date, as/],
    [1, { type: 'text' }, /^text, in quotes$/],
  ])('does not take %s, and says why', (value, how, why) => {
    const read = readValue(value, how);
    expect(read).toBeInstanceOf(Unreadable);
    expect((read as Unreadable).expected).toMatch(why);
  });

  it.each<How['type']>(['text', 'numeric', 'jsonb'])('hands %s on as it is', (type) => {
    for (const value of ['5', null, undefined]) expect(readValue(value, { type })).toBe(value);
  });

  it('never says the value', () => {
    const secret = fc.string({ minLength: 4 }).map((text) => `q${text}q`);
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom<How[]>(instant(), berlin, { type: 'bigint' }, { type: 'double' }),
        (value, how) => {
          const read = readValue(value, how);
          if (read instanceof Unreadable) expect(read.expected).not.toContain(value);
        },
      ),
    );
  });

  it('counts milliseconds to the very instant', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') }),
        (date) => {
          const number = parseDecimals(String(date.getTime()));
          const read = readValue(number, instant({ epoch: 'milliseconds' })) as string;
          expect(new Date(read)).toEqual(date);
        },
      ),
    );
  });
});

describe('a wall time', () => {
  const wall = (text: string, zone: string): string =>
    new Date(instantOfWall(Date.parse(`${text}Z`), zone)).toISOString().slice(0, 19);

  it.each([
    ['2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00'],
    ['2026-03-29T03:00:00', 'Europe/Berlin', '2026-03-29T01:00:00'],
    ['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00'],
    ['2026-10-25T03:00:00', 'Europe/Berlin', '2026-10-25T02:00:00'],
    ['2026-04-05T01:45:00', 'Australia/Lord_Howe', '2026-04-04T14:45:00'],
    ['2011-12-30T12:00:00', 'Pacific/Apia', '2011-12-30T22:00:00'],
    ['2026-01-01T00:00:00', 'UTC', '2026-01-01T00:00:00'],
  ])('%s in %s is %s', (text, zone, instant) => expect(wall(text, zone)).toBe(instant));

  it('is what the clocks of the zone show then, unless it is skipped', () => {
    const zones = ['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Africa/Casablanca'];
    const shown = (zone: string) =>
      new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    const clocks = new Map(zones.map((zone) => [zone, shown(zone)]));
    const moment = fc.integer({ min: Date.UTC(1971, 0), max: Date.UTC(2037, 0) }).map((ms) => ms - (ms % 1000));
    fc.assert(
      fc.property(moment, fc.constantFrom(...zones), (instant, zone) => {
        const clock = clocks.get(zone) as Intl.DateTimeFormat;
        const text = clock.format(instant);
        const found = instantOfWall(Date.parse(`${text.replace(' ', 'T')}Z`), zone);
        expect(clock.format(found)).toBe(text);
        expect(found).toBeLessThanOrEqual(instant);
      }),
      { numRuns: 1000 },
    );
  });
});
