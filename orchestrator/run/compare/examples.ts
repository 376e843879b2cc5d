/** Differences with their values, for the person whose data it is. */
import type { Table, Warehouse } from '../../warehouse/contract.ts';
import { canonicalRow } from '../silver/checksum.ts';
import type { Texts } from '../silver/encode.ts';
import { type Place, valuesHasher } from './fingerprint.ts';
import type { Difference, Seen } from './join.ts';
import { type Maker, madeAt, placeText } from './made.ts';

export interface Example {
  readonly what: Difference['what'];
  readonly place: Place;
  /** The key, or of a table without one every column; with what silver has and what bronze makes, where they differ. */
  readonly values: readonly {
    readonly column: string;
    readonly silver?: string | null;
    readonly bronze?: string | null;
  }[];
}

/** What of them can be shown: a row of silver is found by its key, and that in the record it was made of. */
export async function examplesOf(
  differences: readonly Difference[],
  { maker, warehouse, table }: { readonly maker: Maker; readonly warehouse: Warehouse; readonly table: Table },
): Promise<Example[]> {
  const places = differences.flatMap((one) => [
    ...('expected' in one ? [one.expected] : []),
    ...('found' in one ? [one.found] : []),
  ]);
  const made = await madeAt(maker, places);
  const valuesOf = valuesHasher(table);
  const rowAt = (seen: Seen): Texts | undefined => {
    const rows = made.get(placeText(seen)) ?? [];
    return rows.find((texts) => valuesOf(texts) === seen.values) ?? (rows.length === 1 ? rows[0] : undefined);
  };
  const examples: Example[] = [];
  for (const difference of differences) {
    const bronze = 'expected' in difference ? rowAt(difference.expected) : undefined;
    const known = bronze ?? ('found' in difference ? rowAt(difference.found) : undefined);
    const silver = difference.what === 'missing' ? undefined : await inSilver(warehouse, table, known);
    const place = 'found' in difference ? difference.found : difference.expected;
    const values = valuesOfBoth(table, { silver, bronze });
    if (values.length > 0)
      examples.push({ what: difference.what, place: { object: place.object, line: place.line }, values });
  }
  return examples;
}

async function inSilver(warehouse: Warehouse, table: Table, known: Texts | undefined): Promise<Texts | undefined> {
  if (known === undefined || table.key.length === 0) return undefined;
  const key = table.key.map((name) => known[table.columns.findIndex((column) => column.name === name)] ?? '');
  for await (const [row] of warehouse.scan(table, key))
    if (row !== undefined) return canonicalRow(table.columns)(row.values).texts;
  return undefined;
}

function valuesOfBoth(
  { columns, key }: Table,
  { silver, bronze }: { readonly silver: Texts | undefined; readonly bronze: Texts | undefined },
): Example['values'] {
  return columns.flatMap(({ name }, at) => {
    const one = silver === undefined ? {} : { silver: silver[at] ?? null };
    const other = bronze === undefined ? {} : { bronze: bronze[at] ?? null };
    const isBoth = silver !== undefined && bronze !== undefined;
    if (silver === undefined && bronze === undefined) return [];
    return isBoth && !key.includes(name) && silver[at] === bronze[at] ? [] : [{ column: name, ...one, ...other }];
  });
}
