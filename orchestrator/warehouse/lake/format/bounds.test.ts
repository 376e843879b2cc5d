import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bound, compareBound, mayHold } from './bounds.ts';
import { icebergTypes } from './types.ts';

const hex = (type: string, text: string, side: 'lower' | 'upper'): string | undefined =>
  bound(type, text, side)?.toString('hex');

describe('the bytes of a bound', () => {
  it.each([
    ['boolean', 'true', '01'],
    ['boolean', '0', '00'],
    ['int', '-1', 'ffffffff'],
    ['int', '2147483647', 'ffffff7f'],
    ['long', '-9223372036854775808', '0000000000000080'],
    ['long', '9223372036854775807', 'ffffffffffffff7f'],
    ['date', '1970-01-02', '01000000'],
    ['date', '1969-12-31', 'ffffffff'],
    // 719,162 days.
    ['date', '0001-01-01', 'c606f5ff'],
    ['timestamptz', '1969-12-31T23:59:59.5Z', 'e05ef8ffffffffff'],
    ['timestamptz', '1969-12-31 23:59:59.5+00', 'e05ef8ffffffffff'],
    ['timestamptz', '0001-01-01 00:00:00+00', '0040d400014023ff'],
    ['decimal(38, 9)', '0', '00'],
    ['decimal(38, 9)', '0.000000127', '7f'],
    ['decimal(38, 9)', '0.000000128', '0080'],
    ['decimal(38, 9)', '-0.000000128', '80'],
    ['decimal(38, 9)', '-0.000000129', 'ff7f'],
    ['decimal(38, 9)', '-1.500000000', 'a697d100'],
    ['double', '1', '000000000000f03f'],
    ['double', 'inf', '000000000000f07f'],
    ['double', '-inf', '000000000000f0ff'],
    ['double', '1e-07', '48afbc9af2d77a3e'],
    ['string', '', ''],
    ['string', 'sixteen letters!', '7369787465656e206c65747465727321'],
  ])('%s %s', (type, text, bytes) => {
    expect(hex(type, text, 'lower')).toBe(bytes);
    expect(hex(type, text, 'upper')).toBe(bytes);
  });

  it('holds both zeros', () => {
    expect(hex('double', '-0.0', 'lower')).toBe('0000000000000080');
    expect(hex('double', '0', 'lower')).toBe('0000000000000080');
    expect(hex('double', '-0.0', 'upper')).toBe('0000000000000000');
  });

  it('cuts a text after 16 characters, and is above all that begins so', () => {
    const cut = (text: string, side: 'lower' | 'upper') => bound('string', text, side)?.toString();
    expect(cut('sixteen letters! and more', 'lower')).toBe('sixteen letters!');
    expect(cut('sixteen letters! and more', 'upper')).toBe('sixteen letters"');
    expect(cut('😀'.repeat(17), 'lower')).toBe('😀'.repeat(16));
    expect(cut('😀'.repeat(17), 'upper')).toBe(`${'😀'.repeat(15)}😁`);
    // What follows U+D7FF and is a character.
    expect(cut('\ud7ff'.repeat(17), 'upper')).toBe(`${'\ud7ff'.repeat(15)}\ue000`);
    expect(cut(`a${'\u{10ffff}'.repeat(16)}`, 'upper')).toBe('b');
    expect(cut('\u{10ffff}'.repeat(17), 'upper')).toBeUndefined();
  });

  it.each([
    ['double', 'nan'],
    ['double', ''],
    ['date', 'infinity'],
    ['date', '0044-03-15 (BC)'],
    ['timestamptz', 'infinity'],
    ['timestamptz', '0044-03-15 (BC) 00:00:00+00'],
    ['int', ''],
    ['decimal(38, 9)', '0.0000000001'],
    ['decimal(38, 9)', '-'],
    ['binary', 'abc'],
    ['struct', '{}'],
  ])('is left out where it cannot be told: %s %s', (type, text) => {
    expect(bound(type, text, 'lower')).toBeUndefined();
    expect(bound(type, text, 'upper')).toBeUndefined();
  });
});

/** A value with an order that is known without its bytes, and the text it is staged as. */
interface Valued {
  readonly order: (bigint | number)[];
  readonly text: string;
}

const ofWhole = (min: bigint, max: bigint, print: (value: bigint) => string) =>
  fc
    .oneof(fc.bigInt({ min, max }), fc.bigInt({ min: -300n, max: 300n }))
    .map((value) => ({ order: [value], text: print(value) }));

const dayText = (day: bigint) => new Date(Number(day) * 86_400_000).toISOString().slice(0, 10);

function instantText(micros: bigint): string {
  const seconds = micros >= 0n ? micros / 1_000_000n : (micros - 999_999n) / 1_000_000n;
  const fraction = String(micros - seconds * 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return fraction === '' ? `${whole}Z` : `${whole}.${fraction}Z`;
}

function decimalText(unscaled: bigint): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}`;
}

const values: Record<string, fc.Arbitrary<Valued>> = {
  int: ofWhole(-(2n ** 31n), 2n ** 31n - 1n, String),
  long: ofWhole(-(2n ** 63n), 2n ** 63n - 1n, String),
  date: ofWhole(-719_162n, 2_932_896n, dayText),
  timestamptz: ofWhole(-62_135_596_800_000_000n, 253_402_300_799_999_999n, instantText),
  'decimal(38, 9)': ofWhole(-(10n ** 38n) + 1n, 10n ** 38n - 1n, decimalText),
  double: fc.double({ noNaN: true }).map((value) => ({ order: [value], text: String(value) })),
  boolean: fc.boolean().map((value) => ({ order: [Number(value)], text: String(value) })),
  string: fc
    .string({ unit: fc.constantFrom('a', 'b', 'é', '\ud7ff', '\uffff', '😀', '\u{10ffff}'), maxLength: 20 })
    .map((text) => ({ order: [...text].map((point) => point.codePointAt(0) ?? 0), text })),
};

/** As lists are compared: the shorter one of two that begin alike is less. */
function compare(one: Valued, other: Valued): number {
  const at = one.order.findIndex((value, index) => index >= other.order.length || value !== other.order[index]);
  const [left, right] = [one.order[at], other.order[at]];
  if (left === undefined) return one.order.length < other.order.length ? -1 : 0;
  if (right === undefined) return 1;
  return left < right ? -1 : left > right ? 1 : 0;
}

describe.each(Object.entries(values))('bounds of %s', (type, value) => {
  it('lie to a value as theirs does', () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        const [lower, upper] = [bound(type, one.text, 'lower'), bound(type, one.text, 'upper')];
        if (type !== 'string') {
          expect(compareBound(type, lower as Buffer, other.text)).toBe(compare(one, other));
          expect(compareBound(type, upper as Buffer, other.text)).toBe(compare(one, other));
        }
        expect(compareBound(type, lower as Buffer, one.text)).toBeLessThanOrEqual(0);
        if (upper !== undefined) expect(compareBound(type, upper, one.text)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('never leave out a file that has a value of the range', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), value, value, (held, one, other) => {
        const sorted = held.toSorted(compare);
        const [least, greatest] = compare(one, other) < 0 ? [one, other] : [other, one];
        const bounds = (side: 'lower' | 'upper') =>
          new Map(
            [bound(type, (sorted.at(side === 'lower' ? 0 : -1) as Valued).text, side)].flatMap((bytes) =>
              bytes === undefined ? [] : [[3, bytes] as const],
            ),
          );
        const file = { lowerBounds: bounds('lower'), upperBounds: bounds('upper') };
        const isHeld = sorted.some((each) => compare(each, least) >= 0 && compare(each, greatest) <= 0);
        const may = mayHold(file, { id: 3, type }, { least: least.text, greatest: greatest.text });
        if (isHeld) expect(may).toBe(true);
        const isApart = compare(sorted.at(-1) as Valued, least) < 0 || compare(sorted[0] as Valued, greatest) > 0;
        if (isApart && type !== 'string') expect(may).toBe(false);
      }),
    );
  });
});

describe('a bound of somebody else', () => {
  it('may be of the type that the column had before it was widened', () => {
    expect(compareBound('long', bound('int', '-7', 'lower') as Buffer, '-7')).toBe(0);
    const float = Buffer.alloc(4);
    float.writeFloatLE(0.5);
    expect(compareBound('double', float, '0.25')).toBe(1);
  });

  it('tells nothing of a type that is not known, or where there is none', () => {
    expect(compareBound('uuid', Buffer.alloc(16), 'x')).toBeUndefined();
    expect(
      mayHold(
        { lowerBounds: new Map(), upperBounds: new Map() },
        { id: 1, type: 'int' },
        { least: '1', greatest: '1' },
      ),
    ).toBe(true);
  });
});

it('every type of ours has bounds', () => {
  const known = [...Object.keys(values)];
  expect([...new Set(Object.values(icebergTypes))].toSorted()).toEqual(known.toSorted());
});
