import { DuckDBInstance } from '@duckdb/node-api';
import { type SqlType, sqlTypes } from '@tidemill/kit';
import { edgeValues } from '@tidemill/kit/edge-values';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { column, expectedChecksum } from '../../../test/contracts/warehouse-samples.ts';
import { rowEncoder } from '../../run/silver/encode.ts';
import type { StagedRow } from '../contract.ts';
import { duckDb } from './dialect.ts';
import { FileSession } from './session.ts';
import { stage } from './stage.ts';
import { stagedColumnsSql } from './staged-columns.ts';

const SEED = 20261129;
/** More than two vectors hold. */
const ROWS = 5000;

const values: Readonly<Record<SqlType, fc.Arbitrary<unknown>>> = {
  text: fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  jsonb: fc.jsonValue().filter((value) => value !== null && !JSON.stringify(value).includes('\\u')),
  numeric: fc
    .tuple(fc.bigInt({ min: -(10n ** 28n), max: 10n ** 28n }), fc.nat(999_999_999))
    .map((two) => two.join('.')),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  integer: fc.integer(),
  bigint: fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  boolean: fc.boolean(),
  date: fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((instant) => instant.toISOString().slice(0, 10)),
  timestamptz: fc
    .tuple(
      fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
      fc.stringMatching(/^(\.\d{1,6})?$/),
      fc.constantFrom('Z', '+05:30', '-23:59'),
    )
    .map(([instant, fraction, zone]) => `${instant.toISOString().slice(0, 19)}${fraction}${zone}`),
};

const columns = sqlTypes.map((type) => column(type, type, true));
const encode = rowEncoder(columns);

/** Texts of every type, NULL here and there, first those at the edges. */
function texts(): (readonly (string | null)[])[] {
  const edges = edgeValues.flatMap(({ type, held }) =>
    held === undefined ? [] : [sqlTypes.map((one) => (one === type ? held : null))],
  );
  const row = fc.record(Object.fromEntries(sqlTypes.map((type) => [type, fc.option(values[type], { freq: 3 })])));
  const random = fc.sample(row, { seed: SEED, numRuns: ROWS - edges.length }).map((one) => encode(one));
  return [...edges, ...random.map((made) => ('path' in made ? [] : made))];
}

async function session(): Promise<FileSession> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("LOAD icu; SET TimeZone = 'UTC'");
  await connection.run(`CREATE TEMP TABLE staged (${stagedColumnsSql({ columns })})`);
  return new FileSession('memory', connection);
}

const rowOf = (made: readonly (string | null)[], index: number): StagedRow => ({
  values: made,
  bronzeObjectPath: `bronze/part-${index % 3}`,
  bronzeLine: index + 1,
  // The same again and again, and another one in between.
  sourceUrl: index % 10 === 0 ? '' : `https://example.org/?page=${index >> 6}`,
  ...(index % 7 === 0 ? { isDeletion: true } : {}),
});

async function* inBatches(rows: readonly StagedRow[]) {
  for (let from = 0; from < rows.length; from += 700) yield { rows: rows.slice(from, from + 700), rejected: 1 };
}

describe('staged rows', () => {
  it('are the values that the engine itself makes of their texts', async () => {
    const [made, db] = [texts(), await session()];
    const staged = await stage(db, { columns }, inBatches(made.map(rowOf)));
    expect(staged).toEqual({ rows: ROWS, deletions: Math.ceil(ROWS / 7), rejected: Math.ceil(ROWS / 700) });
    await db.run(`CREATE TEMP TABLE plain ("~row" INTEGER, ${sqlTypes.map((type) => `"${type}" VARCHAR`).join(', ')})`);
    const plain = await db.appender('plain');
    plain((appender) => {
      for (const [index, row] of made.entries()) {
        appender.appendInteger(index);
        for (const text of row) text === null ? appender.appendNull() : appender.appendVarchar(text);
        appender.endRow();
      }
      appender.closeSync();
    });
    for (const type of sqlTypes) {
      const differ = `SELECT p."${type}" FROM plain p JOIN staged s ON s.rowid = p."~row"
        WHERE ${duckDb.cast(`s."${type}"`, type)} IS DISTINCT FROM CAST(p."${type}" AS ${duckDb.types[type]})`;
      expect(await db.rows(differ), type).toEqual([]);
    }
  });

  it('have their place, their checksum, and whether they ask for a deletion', async () => {
    const [made, db] = [texts(), await session()];
    await stage(db, { columns }, inBatches(made.map(rowOf)));
    const found = await db.rows(
      'SELECT rowid, bronze_object_path, bronze_line, source_url, "~is_deletion", "~checksum" FROM staged',
    );
    const expected = made.map((row, index) => {
      const { bronzeObjectPath, bronzeLine, sourceUrl, isDeletion = null } = rowOf(row, index);
      const sum = expectedChecksum(Object.fromEntries(sqlTypes.map((type, at) => [type, row[at] ?? null])));
      return [BigInt(index), bronzeObjectPath, BigInt(bronzeLine), sourceUrl, isDeletion, sum];
    });
    expect(found).toEqual(expected);
  });

  it.each<[SqlType, string]>([
    ['integer', '2147483648'],
    ['integer', '1.5'],
    ['integer', ''],
    ['bigint', '9223372036854775808'],
    ['bigint', '9007199254740992.5'],
    ['bigint', 'many'],
    ['double', ''],
    ['double', '1,5'],
    ['boolean', 'yes'],
    ['date', 'today'],
    ['timestamptz', '2026-01-01 00:00:00'],
    ['timestamptz', '2026-01-01T25:00:00Z'],
  ])('are refused where a text is none of its type: %s of %j', async (type, text) => {
    const db = await session();
    const row = rowOf(
      sqlTypes.map((one) => (one === type ? text : null)),
      1,
    );
    const refused = await stage(db, { columns }, inBatches([row])).catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'bug', code: 'warehouse-value' });
    if (text !== '') expect(JSON.stringify(refused) + String(refused)).not.toContain(text);
  });
});
