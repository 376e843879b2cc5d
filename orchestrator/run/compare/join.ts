/** Two tables held against each other by key, one part of them after the other. */
import type { SilverRow, Table } from '../../warehouse/contract.ts';
import { fingerprinter, Layout, ObjectNames, type Place } from './fingerprint.ts';
import { PARTS, Spill } from './spill.ts';

/** One way in which the tables differ. `values` are the hashes of a row's values, to know it again. */
export type Difference =
  /** Only the first has it. */
  | { readonly what: 'missing'; readonly expected: Seen }
  /** Only the second has it. */
  | { readonly what: 'extra'; readonly found: Seen }
  /** `columns`: positions of those that differ. */
  | { readonly what: 'changed'; readonly expected: Seen; readonly found: Seen; readonly columns: readonly number[] }
  /** The same values, and the second has a checksum that is not theirs. */
  | { readonly what: 'mislabelled'; readonly found: Seen };

export interface Seen extends Place {
  readonly values: string;
  /** Its checksum is that of its values. */
  readonly isSound: boolean;
}

export interface Totals {
  readonly rows: number;
  readonly keys: number;
  /** Of all values of all rows, in whatever order they lie: 32 digits, the same in every warehouse. */
  readonly digest: string;
}

export interface Compared {
  readonly expected: Totals;
  readonly found: Totals;
}

type Rows = AsyncIterable<readonly SilverRow[]>;

/**
 * Reads each table once and tells each difference as it is found; `folder` is room for files, which are removed. Memory does not
 * grow with the tables, but for the names of the bronze objects that their rows come from.
 */
export async function compareRows(
  table: Table,
  sides: { readonly expected: Rows; readonly found: Rows },
  folder: string,
  onDifference: (difference: Difference) => void,
): Promise<Compared> {
  const names = new ObjectNames();
  const layout = new Layout(table.columns.length, names);
  const print = fingerprinter(table, names);
  const spilled = async (name: string, rows: Rows): Promise<Spill> => {
    const spill = new Spill(folder, name, layout.bytes);
    for await (const batch of rows) for (const row of batch) spill.add(print(row));
    return spill;
  };
  const expected = await spilled('expected', sides.expected);
  const found = await spilled('found', sides.found);
  const [all, there] = [new Sum(layout), new Sum(layout)];
  for (let part = 0; part < PARTS; part += 1) {
    const [one, other] = [expected.read(part), found.read(part)];
    const [groups, theirs] = [all.add(one), there.add(other)];
    for (const key of new Set([...groups.keys(), ...theirs.keys()]))
      joinOne({ layout, one, other }, groups.get(key) ?? [], theirs.get(key) ?? [], onDifference);
  }
  for (const spill of [expected, found]) spill.remove();
  return { expected: all.totals(), found: there.totals() };
}

class Sum {
  readonly #layout: Layout;
  #rows = 0;
  #keys = 0;
  #digest = 0n;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Adds a part; answers where its fingerprints begin, by their keys. */
  add(part: Buffer): Map<string, number[]> {
    const groups = new Map<string, number[]>();
    for (let at = 0; at < part.length; at += this.#layout.bytes) {
      const key = this.#layout.key(part, at);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [at]);
      else group.push(at);
      this.#digest += this.#layout.number(part, at);
      this.#rows += 1;
    }
    this.#keys += groups.size;
    return groups;
  }

  totals = (): Totals => ({
    rows: this.#rows,
    keys: this.#keys,
    digest: BigInt.asUintN(128, this.#digest).toString(16).padStart(32, '0'),
  });
}

interface Parts {
  readonly layout: Layout;
  readonly one: Buffer;
  readonly other: Buffer;
}

/** Rows of one key: one on each side, or several where a record makes several rows and the table has no key. */
function joinOne(
  { layout, one, other }: Parts,
  expected: readonly number[],
  found: readonly number[],
  tell: (difference: Difference) => void,
): void {
  const seenIn = (part: Buffer, at: number): Seen => {
    const values = layout.values(part, at);
    return { ...layout.place(part, at), values, isSound: values === layout.stored(part, at) };
  };
  const left = [...found];
  const unmatched: number[] = [];
  for (const at of expected) {
    const index = left.findIndex((there) => layout.values(other, there) === layout.values(one, at));
    if (index === -1) {
      unmatched.push(at);
      continue;
    }
    const [there = 0] = left.splice(index, 1);
    if (layout.stored(one, at) !== layout.stored(other, there))
      tell({ what: 'mislabelled', found: seenIn(other, there) });
  }
  for (const [index, at] of unmatched.entries()) {
    const there = left[index];
    if (there === undefined) tell({ what: 'missing', expected: seenIn(one, at) });
    else {
      const columns = layout.differing(one, at, other, there);
      tell({ what: 'changed', expected: seenIn(one, at), found: seenIn(other, there), columns });
    }
  }
  for (const there of left.slice(unmatched.length)) tell({ what: 'extra', found: seenIn(other, there) });
}
