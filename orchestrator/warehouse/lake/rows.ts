/** Staged rows as rows of the lake. Pure. */
import type { Table } from '../contract.ts';
import { duckDb } from '../engine/dialect.ts';
import { toWrite } from '../engine/match.ts';
import { CHECKSUM } from '../engine/staged.ts';
import { silverValues } from '../sql.ts';
import type { TableField } from './table.ts';

/**
 * Of the 64 hexadecimal digits of a checksum the lake keeps these: 128 bits, by which no two rows were ever the same. They do not
 * compress, and each merge reads them (docs/decisions, "The lake keeps half a checksum").
 */
const CHECKSUM_DIGITS = 32;

/** The checksum of a staged row as the lake has it. */
export const LAKE_CHECKSUM = `left(${CHECKSUM}, ${CHECKSUM_DIGITS})`;

/** The rows that are to be written, with the fields in their order and by their names. */
export function freshRows(table: Table, fields: readonly TableField[], now: Date): string {
  const values = new Map(silverValues(duckDb, table, now).map(({ name, value }) => [name.toLowerCase(), value]));
  values.set('checksum_sha256', LAKE_CHECKSUM);
  const columns = fields.map(({ name, type }) => {
    const value = values.get(name.toLowerCase()) ?? 'NULL';
    return `CAST(${value} AS ${type}) AS ${duckDb.identifier(name)}`;
  });
  return `SELECT ${columns.join(', ')} FROM ${toWrite(table)}`;
}
