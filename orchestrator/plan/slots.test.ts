import { describe, expect, it } from 'vitest';
import { nextSlot, previousSlot, slotAt, slotsBetween } from './slots.ts';
import { isTimeZone } from './zone.ts';

/** The slots after `from` and through `to`, to the minute. */
function slots(cron: string, timezone: string, from: string, to: string): string[] {
  const between = slotsBetween({ cron, timezone }, new Date(`${from}Z`), new Date(`${to}Z`));
  return [...between].map((slot) => slot.toISOString().replace(':00.000Z', ''));
}

describe('a wall time that does not exist', () => {
  it('fires once, at the first instant after the gap', () => {
    expect(slots('30 2 * * *', 'Europe/Paris', '2026-03-28T00:00', '2026-03-30T23:00')).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
  });

  it('is one slot with all that falls on the same instant', () => {
    const day = ['2026-03-29T00:00', '2026-03-29T02:00'] as const;
    expect(slots('*/15 2-3 * * *', 'Europe/Paris', ...day)).toEqual(
      ['01:00', '01:15', '01:30', '01:45'].map((time) => `2026-03-29T${time}`),
    );
  });

  it('may be half an hour, or a whole day', () => {
    expect(slots('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00', '2026-10-04T00:00')).toEqual([
      '2026-10-03T15:30',
    ]);
    expect(slots('0 12 30 12 *', 'Pacific/Apia', '2011-12-01T00:00', '2012-01-31T00:00')).toEqual(['2011-12-30T10:00']);
  });

  it('may begin at midnight', () => {
    expect(slots('0 0 * * SUN', 'America/Havana', '2026-03-02T00:00', '2026-03-09T00:00')).toEqual([
      '2026-03-08T05:00',
    ]);
  });
});

describe('a wall time that exists twice', () => {
  it('fires at the first', () => {
    expect(slots('30 2 * * *', 'Europe/Paris', '2026-10-24T12:00', '2026-10-26T12:00')).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  it('may belong to the day before: Newfoundland went back from 00:01 to 23:01', () => {
    expect(slots('30 23 * * *', 'America/St_Johns', '2010-11-06T12:00', '2010-11-08T12:00')).toEqual([
      '2010-11-07T02:00',
      '2010-11-08T03:00',
    ]);
  });

  it('may begin at midnight in UTC: Baku went back from 05:00 to 04:00', () => {
    expect(slots('30 4 * * *', 'Asia/Baku', '2015-10-24T12:00', '2015-10-26T12:00')).toEqual([
      '2015-10-24T23:30',
      '2015-10-26T00:30',
    ]);
  });
});

describe('a job whose hour is a star', () => {
  it('fires in both passes of a repeated hour', () => {
    expect(slots('0 */2 * * *', 'Europe/Paris', '2026-10-24T22:00', '2026-10-25T04:00')).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T01:00',
      '2026-10-25T03:00',
    ]);
  });

  it('skips what does not exist', () => {
    expect(slots('0 */2 * * *', 'Europe/Paris', '2026-03-28T23:00', '2026-03-29T04:00')).toEqual([
      '2026-03-29T02:00',
      '2026-03-29T04:00',
    ]);
  });

  it('is hourly whatever the clock does', () => {
    const hourly = slots('0 * * * *', 'Australia/Lord_Howe', '2026-04-04T12:00', '2026-04-04T18:00');
    expect(hourly).toEqual(['13:00', '14:00', '15:30', '16:30', '17:30'].map((time) => `2026-04-04T${time}`));
  });
});

describe('days', () => {
  it('need to satisfy only one of two restricted day fields', () => {
    expect(slots('0 0 13 * FRI', 'UTC', '2026-11-01T00:00', '2026-11-21T00:00')).toEqual([
      '2026-11-06T00:00',
      '2026-11-13T00:00',
      '2026-11-20T00:00',
    ]);
  });

  it('reach the end of the month and the leap day', () => {
    expect(slots('0 0 31 * *', 'UTC', '2026-01-01T00:00', '2026-07-01T00:00')).toEqual(
      ['01', '03', '05'].map((month) => `2026-${month}-31T00:00`),
    );
    expect(slots('0 0 29 2 *', 'UTC', '2095-01-01T00:00', '2105-01-01T00:00')).toEqual([
      '2096-02-29T00:00',
      '2104-02-29T00:00',
    ]);
  });
});

describe('next, previous and at', () => {
  const timetable = { cron: '0 6 * * *', timezone: 'Asia/Kathmandu' };
  const slot = new Date('2026-11-21T00:15:00Z');

  it('are strictly after and strictly before, while "at" is not', () => {
    expect(nextSlot(timetable, slot).toISOString()).toBe('2026-11-22T00:15:00.000Z');
    expect(previousSlot(timetable, slot).toISOString()).toBe('2026-11-20T00:15:00.000Z');
    expect(slotAt(timetable, slot)).toEqual(slot);
    expect(nextSlot(timetable, new Date(Number(slot) - 1))).toEqual(slot);
    expect(previousSlot(timetable, new Date(Number(slot) + 1))).toEqual(slot);
  });

  it('refuse an unknown time zone', () => {
    const elsewhere = { ...timetable, timezone: 'Europe/Atlantis' };
    expect(() => nextSlot(elsewhere, slot)).toThrow(expect.objectContaining({ code: 'timezone-unknown' }));
    expect(() => previousSlot(elsewhere, slot)).toThrow(expect.objectContaining({ code: 'timezone-unknown' }));
  });

  it('never search for ever', () => {
    // The hour is a star, so the midnight that this zone skipped on that day in 2011 does not fire.
    expect(slots('0 */24 30 12 *', 'Pacific/Apia', '2011-01-01T00:00', '2013-01-01T00:00')).toEqual([
      '2012-12-29T10:00',
    ]);
  });
});

it('knows IANA time zones, and that an offset is none', () => {
  expect(['UTC', 'Europe/Berlin', 'america/new_york', 'Etc/GMT+5'].filter(isTimeZone)).toHaveLength(4);
  expect(['', '+01:00', 'Europe/Atlantis', 'Mars', '../etc'].filter(isTimeZone)).toEqual([]);
});
