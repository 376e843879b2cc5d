import { TidemillError } from '@tidemill/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronFault, parseCron } from './cron.ts';

const everyDay = Array.from({ length: 31 }, (_, index) => index + 1);

describe('what it accepts', () => {
  it.each([
    ['*/15 * * * *', { minutes: [0, 15, 30, 45], everyHour: true }],
    ['5-59/20 8-18/5 * * *', { minutes: [5, 25, 45], hours: [8, 13, 18], everyHour: false }],
    ['1-5,3 0,7 12,12 * *', { minutes: [1, 2, 3, 4, 5], hours: [0, 7], daysOfMonth: [12] }],
    ['0 */24 * * *', { hours: [0], everyHour: true }],
    ['*/60 * * * *', { minutes: [0] }],
    ['0 0 * jan,MAR-may Mon-FRI', { months: [1, 3, 4, 5], daysOfWeek: [1, 2, 3, 4, 5] }],
    ['0 0 * * 7', { daysOfWeek: [0] }],
    ['0 0 * * 5-7', { daysOfWeek: [0, 5, 6] }],
    ['0 0 * * 0,7', { daysOfWeek: [0] }],
    ['0 0 * * */2', { daysOfWeek: [0, 2, 4, 6], daysOfMonth: everyDay, eitherDay: false }],
    ['0 0 13 * FRI', { daysOfMonth: [13], daysOfWeek: [5], eitherDay: true }],
    ['0 0 */2 * MON', { eitherDay: true }],
    ['0 0 */1 * MON', { eitherDay: false }],
    ['0 0 29 2 *', { daysOfMonth: [29], months: [2] }],
    ['0 0 31 2 MON', { eitherDay: true }],
    ['  07\t06  * * * ', { minutes: [7], hours: [6] }],
  ])('%s', (expression, fields) => {
    expect(parseCron(expression)).toMatchObject(fields);
    expect(cronFault(expression)).toBeUndefined();
  });
});

describe('what it refuses, and what it offers instead', () => {
  it.each([
    ['', '0 fields', undefined],
    ['   ', '0 fields', undefined],
    ['* * * *', '4 fields', '* * * * *'],
    ['0 0 6 * * *', '6 fields', '0 6 * * *'],
    ['0 0 6 * * * 2026', '7 fields', undefined],
    ['@daily', '1 field,', '0 0 * * *'],
    ['@Hourly', '1 field,', '0 * * * *'],
    ['@reboot', '1 field,', undefined],
    ['2026-11-21T06:00:00', '1 field,', undefined],
    ['*/61 * * * *', 'the minute has "*/61", expected a step from 1 to 60', '*/60 * * * *'],
    ['*/0 * * * *', 'the minute has "*/0", expected a step from 1 to 60', '*/1 * * * *'],
    ['0 0 * * 1-5/8', 'the day of week has "1-5/8", expected a step from 1 to 7', '0 0 * * 1-5/7'],
    ['5/15 * * * *', 'the minute has "5/15", expected a step only after * or a range', '5-59/15 * * * *'],
    ['59/15 * * * *', 'the minute has "59/15"', '59-59/15 * * * *'],
    ['0 0 * * 7/2', 'the day of week has "7/2"', '0 0 * * 0-6/2'],
    ['H 3 * * *', 'the minute has "H", expected 0-59', '0 3 * * *'],
    ['H(0-29)/10 * * * *', 'the minute has "H(0-29)/10"', '*/10 * * * *'],
    ['0 0 ? * MON', 'the day of month has "?", expected 1-31', '0 0 * * MON'],
    ['0 0 L * *', 'the day of month has "L", expected 1-31', undefined],
    ['0 0 15W * *', 'the day of month has "15W"', undefined],
    ['0 0 * * FRI#2', 'the day of week has "FRI#2"', undefined],
    ['0 0 * * 5L', 'the day of week has "5L"', undefined],
    ['60 24 * * *', 'the minute has "60", expected 0-59', '0 0 * * *'],
    ['0 25 * * *', 'the hour has "25", expected 0-23', '0 23 * * *'],
    ['0 0 0 * *', 'the day of month has "0", expected 1-31', '0 0 1 * *'],
    ['0 0 * 13 *', 'the month has "13", expected 1-12 or JAN-DEC', '0 0 * 12 *'],
    ['0 0 * * monday', 'the day of week has "monday", expected 0-7 or SUN-SAT', '0 0 * * MON'],
    ['0 0 * * noday', 'the day of week has "noday"', undefined],
    ['0 22-4 * * *', 'the hour has "22-4", expected a range that ascends', '0 22-23,0-4 * * *'],
    ['0 0 * * FRI-MON', 'the day of week has "FRI-MON"', '0 0 * * 5-6,0-1'],
    ['0 0 * * 7-2', 'the day of week has "7-2"', '0 0 * * 0-2'],
    ['1,,2 * * * *', 'the minute has ""', undefined],
    ['-1 * * * *', 'the minute has "-1"', undefined],
    ['1.5 * * * *', 'the minute has "1.5"', undefined],
    ['+5 * * * *', 'the minute has "+5"', undefined],
    ['1e1 * * * *', 'the minute has "1e1"', undefined],
    ['0 0 31 2 *', 'the day of month is "31", but month "2" has at most 29 days', '0 0 29 2 *'],
    ['0 0 31 4,JUN *', 'the day of month is "31", but month "4,JUN" has at most 30 days', '0 0 30 4,JUN *'],
    [`${'1,'.repeat(600)}1 * * * *`, 'longer than 1024 characters', undefined],
  ])('%s', (expression, found, nearest) => {
    const fault = cronFault(expression);
    expect(fault).toMatchObject({ kind: 'config', code: 'cron-invalid' });
    expect(fault?.message).toContain(found);
    expect(fault?.hint).toContain(nearest === undefined ? '*/15' : `"${nearest}"`);
    expect(() => parseCron(expression)).toThrow(fault?.message);
    if (nearest !== undefined) expect(cronFault(nearest)).toBeUndefined();
  });
});

it('reads any text or refuses it by name, and only offers what it would accept', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '*',
      '?',
      'H',
      'L',
      '@daily',
      '/',
      '-',
      ',',
      '#',
      'W',
      'MON',
      'jan',
      '*/2',
      '5/15',
      '7',
      '31',
      '99',
    ),
    fc.string({ maxLength: 3 }),
  );
  const text = fc.array(
    fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join('')),
    { maxLength: 7 },
  );
  fc.assert(
    fc.property(text, (texts) => {
      const fault = cronFault(texts.join(' '));
      if (fault === undefined) return;
      expect(fault).toBeInstanceOf(TidemillError);
      const [, nearest] = /^The nearest valid form is "(.*)"\.$/.exec(fault.hint ?? '') ?? [];
      if (nearest !== undefined) expect(cronFault(nearest)).toBeUndefined();
    }),
    { seed: 20261121, numRuns: 5000 },
  );
});
