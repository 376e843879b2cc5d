import { DuckDBInstance } from '@duckdb/node-api';
import { numericText } from '@tidemill/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duckDb } from './dialect.ts';

const SEED = 20261129;

/** Canonical texts of every length before and after the point. */
const numerics = fc
  .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^\d{1,29}$/), fc.stringMatching(/^\d{0,9}$/))
  .map(([sign, whole, fraction]) => numericText(`${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`))
  .filter((text) => text !== undefined);

describe('a numeric of a text', () => {
  it('is the number that the engine’s own cast makes', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const [found] = fc.sample(fc.array(numerics, { minLength: 2000, maxLength: 2000 }), { seed: SEED, numRuns: 1 });
    const edges = ['0', '1', '-1', '-0.5', '0.000000001', '999999999.999999999', '1000000000', '-1000000000.000000001'];
    const largest = `${'9'.repeat(29)}.${'9'.repeat(9)}`;
    const texts = [...edges, largest, `-${largest}`, ...(found ?? [])];
    const rows = texts.map((text) => `(${duckDb.literal(text)})`).join(', ');
    const answer = await connection.runAndReadAll(
      `SELECT t, CAST(t AS ${duckDb.types.numeric}), ${duckDb.cast('t', 'numeric')} FROM (VALUES ${rows}, (NULL)) v(t)`,
    );
    const printed = answer.getRows().map((row) => row.map(String));
    expect(printed).toHaveLength(texts.length + 1);
    for (const [text, expected, made] of printed) expect(made, text).toBe(expected);
  });
});
