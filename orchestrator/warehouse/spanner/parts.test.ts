/** The pure parts: texts that come bit by bit, names, what a row is known by. */
import { createHash } from 'node:crypto';
import { DuckDBInstance } from '@duckdb/node-api';
import { TidemillError } from '@tidemill/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { column, people } from '../../../test/contracts/warehouse-samples.ts';
import { merged, textOf } from './cells.ts';
import { identitySql, placeIdentity } from './identity.ts';
import { JsonObjects } from './json-objects.ts';
import { nameOf, spannerName } from './names.ts';

describe('objects of a stream', () => {
  const anObject = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());

  it.each(['array', 'lines'] as const)('are found however it is cut: %s', (form) => {
    const objects = fc.array(anObject, { maxLength: 5 });
    fc.assert(
      fc.property(objects, fc.array(fc.nat({ max: 40 })), (expected, sizes) => {
        const texts = expected.map((one) => JSON.stringify(one));
        const text = form === 'array' ? `[${texts.join(',\r\n')}]` : texts.map((one) => `${one}\n`).join('');
        const found = new JsonObjects();
        const told: string[] = [];
        let at = 0;
        for (const size of [...sizes, text.length]) {
          told.push(...found.add(text.slice(at, at + size)));
          at += size;
        }
        expect([told, found.isWhole]).toEqual([texts, true]);
      }),
    );
  });

  it.each(['{"a":', '{"a":"}', '[{"a":[{}]', '{"a":"\\"}'])('are not whole: %s', (text) => {
    const found = new JsonObjects();
    expect(found.add(text)).toEqual([]);
    expect(found.isWhole).toBe(false);
  });
});

describe('parts of a value', () => {
  const fault = () => new TidemillError('bug', 'no', 'no');

  it.each([
    ['ab', 'c', 'abc'],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['a', 'bc', 'd'],
    ],
    [[], ['c'], ['c']],
    [['a', null], ['c'], ['a', null, 'c']],
    [
      [['a'], ['b']],
      [['c'], ['d']],
      [['a'], ['bc'], ['d']],
    ],
    [[true], [1], [true, 1]],
  ])('%j and %j are %j', (one, other, whole) => {
    expect(merged(one, other, fault)).toEqual(whole);
  });

  it.each([
    [1, 2],
    ['a', ['b']],
    [null, 'a'],
  ])('of %j and %j nothing can be made', (one, other) => {
    expect(() => merged(one, other, fault)).toThrow('no');
  });

  it.each([
    ['2026-01-01T12:00:00Z', '2026-01-01T12:00:00Z'],
    ['2026-01-01T12:00:00.250Z', '2026-01-01T12:00:00.25Z'],
    ['2026-01-01T12:00:00.000Z', '2026-01-01T12:00:00Z'],
    ['2026-01-01T12:00:10.000001Z', '2026-01-01T12:00:10.000001Z'],
  ])('an instant is told to its last digit: %s', (value, text) => {
    expect(textOf(value, { code: 'TIMESTAMP' })).toBe(text);
    expect(textOf(value, { code: 'STRING' })).toBe(value);
  });
});

describe('names', () => {
  it('of any text are names of Spanner, each its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const name = spannerName(text);
        expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
        expect(nameOf(name)).toBe(text);
      }),
    );
  });

  it.each([
    ['orders', 'orders'],
    ['recently_played', 'recently_played'],
    ["it's", 'it_u27_s'],
    ['a_u27_', 'a_u5f_u27_'],
  ])('%s is %s', (text, name) => {
    expect(spannerName(text)).toBe(name);
    expect(nameOf(name)).toBe(text);
  });
});

describe('what a row is known by', () => {
  const columns = [column('text', 'text'), column('n', 'numeric'), column('d', 'double'), column('at', 'timestamptz')];
  const identity = async (key: readonly string[], ...texts: string[]): Promise<unknown> => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run("LOAD icu; SET TimeZone = 'UTC'");
    const sql = identitySql({ ...people, columns, key }, (_, at) => `'${texts[at]}'`);
    const [[found] = []] = (await connection.runAndReadAll(`SELECT ${sql}`)).getRows();
    instance.closeSync();
    return found;
  };

  // The primary keys of rows that are there: a version that made others would double them all.
  it.each([
    [['text'], ['Grüße'], ['7:Grüße']],
    [['n'], ['1.5'], ['11:1.500000000']],
    [['d'], ['0.1'], ['3:0.1']],
    [['d'], ['123456789012345680000'], ['22:1.2345678901234568e+20']],
    [
      ['at', 'text'],
      ['1970-01-01T05:30:00.25+05:30', ''],
      ['6:250000', '0:'],
    ],
  ])('is half a SHA-256 of its key, in every version: %j %j', async (key, texts, parts) => {
    const expected = createHash('sha256')
      .update([JSON.stringify(key), ...parts].join(''))
      .digest('hex');
    expect(await identity(key, ...texts)).toBe(expected.slice(0, 32));
  });

  it('is one for two spellings of a value, and another for another key', async () => {
    expect(await identity(['n'], '1.50')).toBe(await identity(['n'], '1.5'));
    expect(await identity(['at'], '2026-01-01T00:00:00Z')).toBe(await identity(['at'], '2026-01-01T01:00:00+01:00'));
    expect(await identity(['text', 'n'], 'a', '1')).not.toBe(await identity(['text'], 'a'));
    expect(placeIdentity('p1', 12)).not.toBe(placeIdentity('p11', 2));
    expect(placeIdentity('p1', 12)).toBe('edddccb5d31da1a235f9a91354900d31');
  });
});
