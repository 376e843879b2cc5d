import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAvro, encodeAvro } from './avro.ts';
import { Reader, Writer } from './avro-bytes.ts';
import { codecOf } from './avro-values.ts';

const schema = {
  type: 'record',
  name: 'all',
  fields: [
    { name: 'flag', type: 'boolean', 'field-id': 7 },
    { name: 'small', type: 'int' },
    { name: 'wide', type: ['null', 'long'], default: null },
    { name: 'words', type: { type: 'string' } },
    { name: 'raw', type: ['null', 'bytes'], default: null },
    {
      name: 'list',
      type: { type: 'array', items: { type: 'record', name: 'pair', fields: [{ name: 'key', type: 'long' }] } },
    },
    { name: 'map', type: { type: 'map', values: 'pair' } },
  ],
};

/** In the form that everything here is read as. */
const long = fc
  .bigInt(-(2n ** 63n), 2n ** 63n - 1n)
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
const pair = fc.record({ key: long });
const record = fc.record({
  flag: fc.boolean(),
  small: fc.integer(),
  wide: fc.option(long),
  words: fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
  raw: fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
  list: fc.array(pair),
  map: fc.array(fc.tuple(fc.string(), pair)).map((entries) => new Map(entries)),
});

describe('an Avro file', () => {
  it('gives back what was written, with its header', () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const file = decodeAvro(encodeAvro(schema, records, { content: 'data' }), 'x');
        expect(file.records).toEqual(records);
        expect(file.header.get('content')).toBe('data');
        // Whoever reads an Iceberg file finds its fields by ids that Avro does not know.
        expect(JSON.parse(file.header.get('avro.schema') ?? '')).toEqual(schema);
      }),
    );
  });

  it('has blocks of a thousand records, of any size', () => {
    const record = {
      type: 'record',
      name: 'r',
      fields: [
        { name: 'key', type: 'long' },
        { name: 'words', type: 'string' },
      ],
    };
    fc.assert(
      fc.property(fc.nat(2_500), fc.nat(20), fc.nat(20_000), (count, length, last) => {
        const records = Array.from({ length: count }, (_, index) => ({ key: index, words: 'x'.repeat(length) }));
        records.push({ key: -1, words: 'y'.repeat(last) });
        expect(decodeAvro(encodeAvro(record, records, {}), 'x').records).toEqual(records);
      }),
      { numRuns: 30 },
    );
  });

  it('is the same bytes for the same records', () => {
    const records = [{ key: 2n ** 62n }];
    const simple = { type: 'record', name: 'r', fields: [{ name: 'key', type: 'long' }] };
    expect(encodeAvro(simple, records, {})).toEqual(encodeAvro(simple, records, {}));
  });

  it('is written in the bytes of the specification', () => {
    const to = new Writer();
    for (const value of [0, -1, 1, -2, 2, -64, 64, 8_192, 2n ** 63n - 1n, -(2n ** 63n)]) to.long(value);
    // https://avro.apache.org/docs/1.12.0/specification/#primitive-types
    expect(to.written.toString('hex')).toBe(
      `${'00 01 02 03 04 7f 8001 808001'.replaceAll(' ', '')}feffffffffffffffff01ffffffffffffffffff01`,
    );
  });

  it('may have items in blocks that tell their size', () => {
    const list = codecOf({ type: 'array', items: 'int' });
    // Minus two items, three bytes; the items 1 and 100; one more block; the end.
    expect(list.read(new Reader(Buffer.from('030602c801020600', 'hex')))).toEqual([1, 100, 3]);
  });
});

const simple = {
  type: 'record',
  name: 'r',
  fields: [
    { name: 'key', type: 'long' },
    { name: 'words', type: 'string' },
  ],
};
const sound = encodeAvro(
  simple,
  [
    { key: 1, words: 'one' },
    { key: 2 ** 40, words: 'two' },
  ],
  { content: 'data' },
);

describe('a file that is not to be read', () => {
  it('is refused wherever it ends', () => {
    // Where the header ends there may be no block more.
    const header = encodeAvro(simple, [], { content: 'data' }).length;
    for (let length = 0; length < sound.length; length += 1) {
      if (length === header) continue;
      expect(() => decodeAvro(sound.subarray(0, length), 'gs://bucket/m0.avro'), String(length)).toThrow(
        expect.objectContaining({
          kind: 'config',
          code: 'lake-format',
          message: expect.stringContaining('gs://bucket/m0.avro'),
        }),
      );
    }
  });

  it('is refused or read, but never breaks, whichever byte is wrong', () => {
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const wrong = Buffer.from(sound);
        wrong[at] = (wrong[at] ?? 0) ^ mask;
        try {
          decodeAvro(wrong, 'x');
        } catch (error) {
          expect(error).toMatchObject({ code: 'lake-format' });
        }
      }),
    );
  });

  it('is refused where a block is not followed by its mark', () => {
    const wrong = Buffer.from(sound);
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
    expect(() => decodeAvro(wrong, 'x')).toThrow('a block of it is damaged');
  });

  it.each(['snappy', 'zstandard'])('is refused by the name of its compression, %s', (codec) => {
    const other = Buffer.from(
      sound.toString('latin1').replace('\u000edeflate', String.fromCharCode(codec.length * 2) + codec),
      'latin1',
    );
    expect(() => decodeAvro(other, 'x')).toThrow(`compressed with "${codec}"`);
  });

  it.each([
    ['"fixed"', 'a type "fixed"'],
    ['"constructor"', 'a type "constructor"'],
    ['{}', 'no schema'],
    ['null', 'no schema'],
  ])('is refused for a schema that is not known, %s', (text, words) => {
    expect(() => codecOf(JSON.parse(text))).toThrow(words);
  });
});

describe('a value that does not fit its schema', () => {
  it.each([
    ['int', 2 ** 31],
    ['int', 1.5],
    ['long', 1.5],
    ['long', 2n ** 63n],
    ['long', 2 ** 53],
    ['string', 1],
    ['bytes', 'text'],
    ['boolean', 0],
    [['null', 'long'], 'text'],
    [{ type: 'array', items: 'int' }, 1],
    [{ type: 'map', values: 'int' }, {}],
    [simple, { key: 1 }],
    [simple, null],
  ])('is not written as %j', (type, value) => {
    expect(() => codecOf(type).write(new Writer(), value)).toThrow(TypeError);
  });
});
