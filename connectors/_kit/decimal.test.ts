import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal, numericText, parseDecimals } from './decimal.ts';
import { stringifyExact } from './json.ts';

const SEED = 20261121;

/** Numbers in JSON of every spelling: with zeros where they change nothing, and more digits than a double has. */
const token = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      fc.tuple(fc.integer({ min: 1, max: 9 }), fc.stringMatching(/^\d{0,25}$/)).map((p) => p.join('')),
    ),
    fc.oneof(
      fc.constant(''),
      fc.stringMatching(/^\d{1,25}0{0,3}$/).map((digits) => `.${digits}`),
    ),
    fc.oneof(
      fc.constant(''),
      fc.integer({ min: -400, max: 400 }).map((n) => `e${n}`),
      fc.constantFrom('E+2', 'e-02', 'e0'),
    ),
  )
  .map((parts) => parts.join(''));

/** The value of a number's text as a fraction of whole numbers: numerator × 10^exponent. */
function fraction(text: string): readonly [numerator: bigint, exponent: number] {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', digits = ''] = mantissa.split('.');
  return [BigInt(whole + digits), Number(exponent) - digits.length];
}

function isSameValue(one: string, other: string): boolean {
  const [[a, e], [b, f]] = [fraction(one), fraction(other)];
  const least = Math.min(e, f);
  return a * 10n ** BigInt(e - least) === b * 10n ** BigInt(f - least);
}

describe('a parsed number', () => {
  it('has the value its source wrote, to the last digit', () => {
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 4 }), (tokens) => {
        const parsed = parseDecimals(`{"a":[ ${tokens.join(' ,')}]}`) as { a: unknown[] };
        const texts = parsed.a.map(stringifyExact);
        for (const [index, text] of texts.entries()) expect(isSameValue(text, tokens[index] ?? ''), text).toBe(true);
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });

  it('is a plain number wherever a double is that value', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) => {
        // No minus before a zero.
        const value = double + 0;
        expect(parseDecimals(value.toExponential())).toBe(value);
        // Whole numbers beyond 2^53 are bigints.
        fc.pre(Number.isSafeInteger(value) || !Number.isInteger(value));
        expect(parseDecimals(JSON.stringify(value))).toBe(value);
      }),
      { seed: SEED, numRuns: 2000 },
    );
    expect(parseDecimals('[1.0,1e3,-0,12.50,100000000000000.00]')).toEqual([1, 1000, -0, 12.5, 100_000_000_000_000]);
  });

  it('has one text for one value, however that is written', () => {
    fc.assert(
      fc.property(token, fc.integer({ min: -30, max: 30 }), (text, shift) => {
        const [numerator, exponent] = fraction(text);
        const again = `${numerator * 10n ** BigInt(Math.max(shift, 0))}e${exponent - Math.max(shift, 0)}`;
        expect(String(new Decimal(again))).toBe(String(new Decimal(text)));
      }),
      { seed: SEED },
    );
  });

  it.each([
    ['0.123456789012345678901', '0.123456789012345678901'],
    ['1e400', '1e400'],
    ['-15.0E+399', '-1.5e400'],
    ['1e-400', '1e-400'],
    ['12345678901234567890.0', '12345678901234567890'],
    ['12345678901234567890', '12345678901234567890'],
    ['0.00000012345678901234567890', '1.234567890123456789e-7'],
    ['1e99999999999999999999', '1e99999999999999999999'],
    ['0e99999999999999999999', '0'],
  ])('%s is written as %s', (text, canonical) => {
    expect(stringifyExact(parseDecimals(text))).toBe(canonical);
    expect(stringifyExact(parseDecimals(`{"a":{"b":[1, ${text}]}}`))).toBe(`{"a":{"b":[1,${canonical}]}}`);
  });

  it('is none inside a text', () => {
    const text = '{"a":"x: 12345678901234567890, 0.123456789012345678901","b":["1e400"]}';
    expect(parseDecimals(text)).toEqual(JSON.parse(text));
  });
});

describe('a number of a numeric column', () => {
  it.each([
    [123456789.12, '123456789.12'],
    [1e3, '1000'],
    [1e21, '1000000000000000000000'],
    [1e-9, '0.000000001'],
    [-0, '0'],
    [12345678901234567890n, '12345678901234567890'],
    ['007.2500', '7.25'],
    [new Decimal('12345678901234567890.123456789'), '12345678901234567890.123456789'],
    [new Decimal('1.5e22'), '15000000000000000000000'],
    [new Decimal('99999999999999999999999999999.999999999000'), '99999999999999999999999999999.999999999'],
  ])('%s is %s', (value, text) => {
    expect(numericText(value)).toBe(text);
  });

  it.each([
    0.1234567891,
    1e29,
    1e-10,
    1 / 3,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    10n ** 29n,
    new Decimal('0.123456789012345678901'),
    new Decimal('1e400'),
    new Decimal('1e-400'),
    new Decimal('1e99999999999999999999'),
  ])('%s is more than it holds', (value) => {
    expect(numericText(value)).toBeUndefined();
  });

  it('takes no time that grows faster than the number', () => {
    const long = `1.${'0'.repeat(1_000_000)}1`;
    expect(numericText(new Decimal(long))).toBeUndefined();
    expect(String(parseDecimals(`[${long}]`))).toBe(long);
  });
});
