/** JSON texts as any source may write them: no comfortable ranges. */
import fc from 'fast-check';

/** Any UTF-16, so also NUL and halves of surrogate pairs, which JSON spells as escapes. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0xff_ff }).map((unit) => String.fromCharCode(unit)),
    fc.constantFrom('\0', '\\', 'u0000', '\ud83d', '\ude00', '"', "'", '\n', '\u007f', '\ufeff', '\u202e', '\u0301'),
  ),
  maxLength: 12,
});

const digits = (most: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...'0123456789'), { minLength: 1, maxLength: most }).map((all) => all.join(''));

/** With any number of digits on either side of the point, and exponents beyond all doubles. */
const anyNumber = fc
  .tuple(
    fc.constantFrom('', '-'),
    digits(40).map((whole) => whole.replace(/^0+(?=\d)/, '')),
    fc.option(digits(40)),
    fc.option(fc.oneof(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -20_000, max: 140_000 }))),
  )
  .map(([sign, whole, fraction, exponent]) =>
    [sign, whole, fraction === null ? '' : `.${fraction}`, exponent === null ? '' : `e${exponent}`].join(''),
  );

/** Amounts as people write them. */
const anyAmount = fc
  .integer({ min: -100_000_000_000, max: 100_000_000_000 })
  .map(
    (cents) =>
      `${cents < 0 ? '-' : ''}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`,
  );

const two = (most: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max: most }).map((part) => String(part).padStart(2, '0'));
const anyYear = fc.oneof(
  fc.constantFrom('0000', '0001', '9998', '9999', '10000'),
  fc.integer({ min: 0, max: 9999 }).map((year) => String(year).padStart(4, '0')),
);
const anyDay = fc
  .tuple(anyYear, fc.oneof(fc.constantFrom('01', '12'), two(13)), fc.oneof(fc.constantFrom('01', '31'), two(32)))
  .map((parts) => parts.join('-'));
const anyFraction = fc.option(digits(9)).map((fraction) => (fraction === null ? '' : `.${fraction}`));
const anyZone = fc.oneof(
  fc.constantFrom('Z', '', '-00:00', '+00:01', '-23:59'),
  fc.tuple(fc.constantFrom('+', '-'), two(24), two(60)).map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`),
);
const anyInstant = fc
  .tuple(
    anyDay,
    fc.oneof(
      fc.constantFrom('00:00:00', '23:59:59', '23:59:60', '24:00:00'),
      fc.tuple(two(24), two(60), two(60)).map((parts) => parts.join(':')),
    ),
    anyFraction,
    anyZone,
  )
  .map(([day, time, fraction, zone]) => `${day}T${time}${fraction}${zone}`);

const quoted = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> => texts.map((text) => JSON.stringify(text));

const scalar = fc.oneof(
  quoted(anyText),
  quoted(anyDay),
  quoted(anyInstant),
  quoted(anyNumber),
  anyNumber,
  anyAmount,
  fc.constantFrom(
    'true',
    'false',
    'null',
    '2147483648',
    '-2147483648',
    '9223372036854775807',
    '9223372036854775808',
    '"infinity"',
  ),
);

const list = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(inner, { maxLength: 3 }).map((items) => `[${items.join(',')}]`);
const record = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(quoted(anyText), inner), { maxLength: 3 })
    .map((members) => `{${members.map((member) => member.join(':')).join(',')}}`);
const deep = fc
  .tuple(fc.integer({ min: 1, max: 1_000 }), scalar)
  .map(([levels, core]) => `${'['.repeat(levels)}${core}${']'.repeat(levels)}`);

/** A JSON value on one line. */
export const anyWritten: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  list(scalar),
  record(fc.oneof(scalar, list(scalar))),
  deep,
);
