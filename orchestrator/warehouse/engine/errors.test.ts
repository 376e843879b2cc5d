import { inspect } from 'node:util';
import { TidemillError } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { asQueryError, asWarehouseError } from './errors.ts';

/** As DuckDB 1.5 words them; those a test can provoke are also provoked in `driver.test.ts`. */
const worded: readonly (readonly [text: string, who: string])[] = [
  [
    'IO Error: Could not set lock on file "w.duckdb": Conflicting lock is held in node (PID 7)',
    'transient warehouse-busy',
  ],
  [
    'IO Error: Cannot open file "w.duckdb": The process cannot access the file because it is being used by another process.',
    'transient warehouse-busy',
  ],
  ['IO Error: The file "w.duckdb" exists, but it is not a valid DuckDB database file!', 'config warehouse-unreadable'],
  [
    'IO Error: Corrupt database file: computed checksum 8 does not match stored checksum 9',
    'config warehouse-unreadable',
  ],
  [
    'IO Error: Trying to read a database file with version number 99, but we can only read versions between 64 and 67.',
    'config warehouse-unreadable',
  ],
  [
    'IO Error: Could not write all bytes to file "w.duckdb": wanted=1 wrote=0 No space left on device',
    'config disk-full',
  ],
  [
    "Out of Memory Error: failed to offload data block of size 256.0 KiB. This limit was set by the 'max_temp_directory_size' setting.",
    'config disk-full',
  ],
  [
    'Out of Memory Error: could not allocate block of size 256.0 KiB (61.0 MiB/61.0 MiB used)',
    'config warehouse-memory',
  ],
  [
    'TransactionContext Error: Failed to commit: failed to pin block of size 11.4 MiB (59.0 MiB/61.0 MiB used)',
    'config warehouse-memory',
  ],
  ['IO Error: Cannot open file "w.duckdb": Permission denied', 'config warehouse-not-writable'],
  ['IO Error: Cannot open file "w.duckdb": Read-only file system', 'config warehouse-not-writable'],
  ['IO Error: Could not read from file "w.duckdb": Input/output error', 'transient warehouse-io'],
  ['Binder Error: Referenced column "x" not found in FROM clause!\n\nLINE 1: SELECT x', 'bug warehouse-statement'],
  ['INTERNAL Error: Attempted to access index 5 within vector of size 5', 'bug warehouse-failed'],
  ["Conversion Error: Could not convert string 'a secret' to INT32", 'bug warehouse-value'],
  ['Constraint Error: Duplicate key "name: a secret" violates primary key constraint.', 'bug warehouse-value'],
  ['a secret', 'bug warehouse-failed'],
];

describe('errors of DuckDB', () => {
  it.each(worded)('%s', (text, who) => {
    const { kind, code, hint } = asWarehouseError(new Error(text), '/data/w.duckdb');
    expect(`${kind} ${code}`).toBe(who);
    if (kind !== 'bug') expect(hint).toBeDefined();
  });

  it.each(worded.filter(([text]) => text.includes('secret')))(
    'keep to themselves what may be of a record: %s',
    (text) => {
      expect(inspect(asWarehouseError(new Error(text), 'w.duckdb'), { depth: null })).not.toContain('secret');
      expect(inspect(asQueryError(asWarehouseError(new Error(text), 'w.duckdb')), { depth: null })).not.toContain(
        'secret',
      );
    },
  );

  it('are left alone when they say already who must act', () => {
    const error = new TidemillError('source-changed', 'x', 'y');
    expect(asWarehouseError(error, 'w.duckdb')).toBe(error);
  });

  it('are the fault of whoever typed the query, unless the file is to blame', () => {
    const said = 'Parser Error: syntax error at or near "SELEC"\n\nLINE 1: SELEC 1\n        ^';
    const fault = asQueryError(asWarehouseError(new Error(`Failed to extract statements: ${said}`), 'w.duckdb'));
    expect(fault).toMatchObject({ kind: 'config', code: 'query-refused', message: said });
    const full = asQueryError(asWarehouseError(new Error('IO Error: No space left on device'), 'w.duckdb'));
    expect(full.code).toBe('disk-full');
  });
});
