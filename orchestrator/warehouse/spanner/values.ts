/** What a cell of Spanner takes besides what a column of ours holds: https://cloud.google.com/spanner/quotas#tables */
import { TidemillError } from '@tidemill/kit';
import type { PackageRows, StagedRow, Table } from '../contract.ts';

/** Of one text. */
const MOST_CHARACTERS = 2_621_440;
const MOST_BYTES = 10 * 1024 * 1024;

/** A canonical decimal; the engine takes it as text. */
const DECIMAL = /^-?\d{1,29}(\.\d{1,9})?$/;

/** What has passed. */
export interface Taken {
  rows: number;
  /** Of their values, about. */
  bytes: number;
}

/** The rows, as long as each of them fits. */
export async function* fitting(table: Table, batches: PackageRows['rows'], taken: Taken): PackageRows['rows'] {
  const decimals = table.columns.flatMap(({ type }, at) => (type === 'numeric' ? [at] : []));
  for await (const batch of batches) {
    for (const row of batch.rows) {
      checkRow(row, decimals);
      for (const text of row.values) taken.bytes += text?.length ?? 0;
    }
    taken.rows += batch.rows.length;
    yield batch;
  }
}

function checkRow({ values }: StagedRow, decimals: readonly number[]): void {
  for (const text of values) if (text !== null && !fits(text)) throw notTaken('a text is longer than a cell');
  for (const at of decimals) {
    const text = values[at];
    if (text != null && !DECIMAL.test(text)) throw notTaken('a text is no decimal');
  }
}

function fits(text: string): boolean {
  // Most are far from either.
  if (text.length <= MOST_BYTES / 4) return true;
  if (Buffer.byteLength(text) > MOST_BYTES) return false;
  return text.length <= MOST_CHARACTERS || [...text].length <= MOST_CHARACTERS;
}

const notTaken = (why: string): TidemillError =>
  new TidemillError('bug', 'warehouse-value', `Spanner would refuse a value: ${why}`, {
    hint: 'A value passed the checks of its column and yet does not fit; its text is not shown here.',
  });
