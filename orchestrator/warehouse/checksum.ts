/** The checksum of a staged row, made on this side: an engine would make it twice for a row that is written. */
import { hash } from 'node:crypto';
import type { Column } from '@tidemill/kit';
import type { StagedRow } from './contract.ts';

/**
 * SHA-256 over the row's values as `<length>:<name><length>:<text>`, lengths in bytes, in the order of the columns' names, values that
 * are NULL left out; 64 lower-case hexadecimal digits. So no two rows give the same input; neither the columns' types nor their order
 * matter; and a column that is added changes only the rows that have a value for it.
 */
export function checksumOf(columns: readonly Column[]): (values: StagedRow['values']) => string {
  const sorted = columns
    .map(({ name }, at) => ({ name, at }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, at }) => ({ label: `${Buffer.byteLength(name)}:${name}`, at }));
  return (values) => {
    let input = '';
    for (const { label, at } of sorted) {
      const text = values[at];
      if (text != null) input += `${label}${Buffer.byteLength(text)}:${text}`;
    }
    return hash('sha256', input);
  };
}
