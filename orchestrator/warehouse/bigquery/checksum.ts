/** The checksum of a row, made before it is sent: so it need not be made of texts that no table has. */
import { hash } from 'node:crypto';
import type { Table } from '../contract.ts';

/** What `checksum` of `sql.ts` makes in SQL: 64 hexadecimal digits over the values that are not NULL. */
export function checksumOf({ columns }: Table): (values: readonly (string | null)[]) => string {
  const labels = columns
    .map(({ name }, at) => ({ at, name, label: `${Buffer.byteLength(name)}:${name}` }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  return (values) => {
    let text = '';
    for (const { at, label } of labels) {
      const value = values[at] ?? null;
      if (value !== null) text += `${label}${Buffer.byteLength(value)}:${value}`;
    }
    return hash('sha256', text);
  };
}
