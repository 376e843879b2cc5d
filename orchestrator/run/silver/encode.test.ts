import { type Column, columnOf, columnsOf, Decimal, parseDecimals, type SqlType, sqlTypes } from '@tidemill/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { rowEncoder } from './encode.ts';

/** Undefined when the column does not hold the value. */
const encode = (type: SqlType, value: unknown): string | null | undefined => {
  const column: Column = { name: 'c', type, nullable: true, description: '' };
  const texts = rowEncoder([column])({ c: value });
  return 'path' in texts ? undefined : texts[0];
};

describe('the canonical text of a value', () => {
  it.each<[SqlType, unknown, string | null]>([
    ['text', 'a\n"b" ✓', 'a\n"b" ✓'],
    ['text', '', ''],
    ['text', null, null],
    ['date', '2024-02-29', '2024-02-29'],
    ['boolean', false, 'false'],
    ['integer', -0, '0'],
    ['bigint', 9007199254740993n, '9007199254740993'],
    ['double', 0.1, '0.1'],
    ['double', 1e21, '1e+21'],
    ['numeric', 5, '5'],
    ['numeric', '5.00', '5'],
    ['numeric', '-0.0', '0'],
    ['numeric', '007.2500', '7.25'],
    ['numeric', 1e21, '1000000000000000000000'],
    ['numeric', 1e-7, '0.0000001'],
    ['numeric', 123456789.12, '123456789.12'],
    ['numeric', new Decimal('12345678901234567890.5'), '12345678901234567890.5'],
    ['timestamptz', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['timestamptz', '2026-01-01T01:00:00.000+01:00', '2026-01-01T00:00:00Z'],
    ['timestamptz', '2026-07-21T05:07:53.0403279Z', '2026-07-21T05:07:53.040327Z'],
    [
      'jsonb',
      { b: 1, a: [{ d: null, c: 12345678901234567890n }] },
      '{"a":[{"c":12345678901234567890,"d":null}],"b":1}',
    ],
    [
      'jsonb',
      { b: new Decimal('0.123456789012345678901'), a: [new Decimal('1E+400'), 1, 12345678901234567890n] },
      '{"a":[1e400,1,12345678901234567890],"b":0.123456789012345678901}',
    ],
    ['jsonb', [1e21, -1.5e300], `[1${'0'.repeat(21)},-15${'0'.repeat(299)}]`],
  ])('%s, case %#', (type, value, text) => {
    expect(encode(type, value)).toBe(text);
  });

  it('is the same for the same number in jsonb, whether it is written with an exponent or in digits', () => {
    const whole = fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(400));
    fc.assert(
      fc.property(whole, ([digits, zeros]) => {
        const [long, short] = [`${digits}${digits === 0n ? '' : '0'.repeat(zeros)}`, `${digits}e${zeros}`];
        expect(encode('jsonb', parseDecimals(`[${short}]`))).toBe(encode('jsonb', parseDecimals(`[${long}]`)));
      }),
      { seed: 20261129 },
    );
  });

  it.each<[SqlType, unknown]>([
    ['text', 'a\0'],
    ['text', 'a\uD800'],
    ['text', 1],
    ['date', '0000-12-31'],
    ['timestamptz', '9999-12-31T23:59:59-00:01'],
    ['timestamptz', '0001-01-01T00:00:00+00:01'],
    ['timestamptz', 'yesterday'],
    ['numeric', Number.NaN],
    ['double', Number.NEGATIVE_INFINITY],
    ['integer', 2 ** 31],
    ['bigint', 2n ** 63n],
    ['bigint', 2 ** 53],
    ['jsonb', { a: 'a\0' }],
    ['jsonb', { 'a\uDC00': 1 }],
    ['jsonb', [Number.NaN]],
    ['jsonb', new Decimal('1e131072')],
    ['jsonb', 10n ** 131_072n],
  ])(
    'does not exist for what some warehouse cannot hold, whatever the schema of the row says: %s, case %#',
    (type, value) => {
      expect(encode(type, value)).toBeUndefined();
    },
  );

  it.each(['\\u0000', '\\\\uD800', '\u{10FFFF}', '\uFFFF'])(
    'keeps what only looks like no character in jsonb: %j',
    (text) => {
      expect(encode('jsonb', [text])).toBe(JSON.stringify([text]));
    },
  );

  it('is the same for the same instant, however it is written', () => {
    const offsets = fc.integer({ min: -14 * 60, max: 14 * 60 });
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0002-01-01'), max: new Date('9998-12-31'), noInvalidDate: true }),
        offsets,
        (instant, offset) => {
          const local = new Date(instant.getTime() + offset * 60_000).toISOString().slice(0, -1);
          const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) =>
            String(part).padStart(2, '0'),
          );
          const spelled = `${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`;
          expect(encode('timestamptz', spelled)).toBe(encode('timestamptz', instant.toISOString()));
        },
      ),
      { seed: 20261121 },
    );
  });

  it('does not depend on the order of JSON keys', () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, shuffled(inner)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(encode('jsonb', shuffled(value))).toBe(encode('jsonb', value));
      }),
      { seed: 20261121 },
    );
  });
});

describe('columns', () => {
  it('are read from the row schema: type, nullability, description', () => {
    const row = z.object({
      id: columnOf.text().describe('who'),
      at: columnOf.timestamptz().nullable().describe('when'),
    });
    expect(columnsOf(row)).toEqual([
      { name: 'id', type: 'text', nullable: false, description: 'who' },
      { name: 'at', type: 'timestamptz', nullable: true, description: 'when' },
    ]);
    expect(() => columnsOf(z.object({ id: z.string() }))).toThrow('id is not made of a silver column type');
  });

  it.each<[SqlType, readonly unknown[], readonly unknown[]]>([
    ['text', [''], [1, null, undefined]],
    ['date', ['2024-02-29'], ['2023-02-29', '2024-13-01', '20240101']],
    ['numeric', ['1.5', 2, -3n, 1e3], ['1e5', 'x', 1e30, Number.NaN, 10n ** 29n, 0.1234567891, new Decimal('1e400')]],
    ['boolean', [true], ['true', 1]],
    ['integer', [2 ** 31 - 1], [2 ** 31, 1.5]],
    ['bigint', [2n ** 63n - 1n, 5], [2n ** 63n, 2 ** 60, 1.5]],
    [
      'double',
      [1.5, 10n ** 20n, new Decimal('0.123456789012345678901')],
      [Number.NaN, Number.POSITIVE_INFINITY, '1', new Decimal('1e400'), 10n ** 400n],
    ],
    ['timestamptz', ['2026-01-01T00:00:00+01:00'], ['2026-01-01T00:00:00', '2026-01-01']],
    ['jsonb', [{}, [], 'x', 0, false], [null, undefined]],
  ])('%s, case %#: accepts what every warehouse can hold, and nothing else', (type, good, bad) => {
    for (const value of good) expect(columnOf[type]().safeParse(value).success, String(value)).toBe(true);
    for (const value of bad) expect(columnOf[type]().safeParse(value).success, String(value)).toBe(false);
  });

  it('have a constructor for every type', () => {
    expect(Object.keys(columnOf).sort()).toEqual([...sqlTypes].sort());
  });
});
