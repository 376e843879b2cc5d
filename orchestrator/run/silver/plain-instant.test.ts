import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainInstant } from './plain-instant.ts';

const SEED = 20261129;

/** `least` to `most`, and one beyond each, as two digits. */
const part = (least: number, most: number): fc.Arbitrary<string> =>
  fc.integer({ min: Math.max(0, least - 1), max: most + 1 }).map((number) => String(number).padStart(2, '0'));

const years = fc.oneof(fc.constantFrom('0000', '0001', '1900', '2000', '2024', '9999'), fc.stringMatching(/^\d{4}$/));
const days = fc.tuple(years, part(1, 12), part(1, 31)).map((parts) => parts.join('-'));
const times = fc.tuple(part(0, 23), part(0, 59), part(0, 59)).map((parts) => parts.join(':'));
const fractions = fc.oneof(
  fc.constantFrom('', '.', '.0', '.000', '.120', '.1234567890'),
  fc.stringMatching(/^\.\d{1,9}$/),
);
const zones = fc.oneof(
  fc.constantFrom('Z', 'z', '', '+0100', '+01'),
  fc
    .tuple(fc.constantFrom('+', '-'), part(0, 23), part(0, 59))
    .map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`),
);
const texts = fc
  .tuple(days, fc.constantFrom('T', 'T', 'T', ' ', 't'), times, fractions, zones)
  .map((parts) => parts.join(''));

/** The same by the calendar of the platform: undefined for what is no instant of the years 1 to 9999. */
function canonical(text: string): string | undefined {
  const [, whole = '', fraction = '', zone = ''] = /^([^.]*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const instant = new Date(whole + zone);
  if (!(instant >= new Date('0001-01-01T00:00:00Z') && instant <= new Date('9999-12-31T23:59:59Z'))) return undefined;
  const micros = fraction.slice(0, 6).replace(/0+$/, '');
  return `${instant.toISOString().slice(0, 19)}${micros === '' ? '' : `.${micros}`}Z`;
}

describe('an instant as programs write it', () => {
  it('has the canonical text that the calendar says, or none', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const plain = plainInstant(text);
        if (plain !== undefined) expect(plain, text).toBe(canonical(text));
      }),
      { seed: SEED, numRuns: 20_000 },
    );
  });

  it('is each that a program of today prints', () => {
    const instants = fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, (instant) => {
        const text = instant.toISOString();
        fc.pre(!text.includes('-02-29'));
        expect(plainInstant(text)).toBe(canonical(text));
        expect(plainInstant(`${text.slice(0, 19)}+02:00`)).toBe(canonical(`${text.slice(0, 19)}+02:00`));
      }),
      { seed: SEED },
    );
  });

  it.each([
    '2023-02-30T00:00:00Z',
    '2023-04-31T00:00:00Z',
    '2023-01-01T24:00:00Z',
    '2023-01-01T00:00:60Z',
    '2024-02-29T00:00:00Z',
  ])('is looked at closely where not every year has its day or its second: %s', (text) => {
    expect(plainInstant(text)).toBeUndefined();
  });
});
