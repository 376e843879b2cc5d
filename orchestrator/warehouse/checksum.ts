/**
 * The checksum of a staged row, as `checksum` in `sql.ts` describes it, made on this side: the server has enough to do, and
 * would make it twice for a row that is written.
 */
import { hash } from 'node:crypto';
import type { Column } from '@tidemill/kit';
import type { StagedRow } from './contract.ts';

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
