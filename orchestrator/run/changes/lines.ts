/** The rows of a difference, one line each, and which of them are shown. Pure. */

import { lineText, shortened } from '../../text/table.ts';
import type { Change, ChangeKind, Values } from './change.ts';

/** What a reader looks for first: the fewest. */
const ORDER: readonly ChangeKind[] = ['moved', 'split', 'deleted', 'inserted', 'updated'];

/** So many of them at most, by kind, and of a kind by their keys; of each kind as many as of any other that has as many. */
export function firstOf(changes: Iterable<Change>, most: number): Change[] {
  const kinds = new Map<ChangeKind, Change[]>(ORDER.map((kind) => [kind, []]));
  for (const change of changes) {
    const same = kinds.get(change.change) ?? [];
    same.push(change);
    // They come in no order: of many, those are kept that are first by their keys.
    if (same.length >= 2 * most) same.sort(byKey).splice(most);
  }
  const sizes = [...kinds.values()].map((same) => Math.min(same.length, most));
  const shares = sharesOf(sizes, most);
  return [...kinds.values()].flatMap((same, index) => same.toSorted(byKey).slice(0, shares[index]));
}

/** `most` shared among the sizes: whatever one does not need, the others have. */
function sharesOf(sizes: readonly number[], most: number): number[] {
  const shares = sizes.map(() => 0);
  let left = most;
  for (let open = sizes.map((_, index) => index); left > 0 && open.length > 0; ) {
    const each = Math.max(1, Math.floor(left / open.length));
    for (const index of open) {
      const more = Math.min(each, left, (sizes[index] ?? 0) - (shares[index] ?? 0));
      shares[index] = (shares[index] ?? 0) + more;
      left -= more;
    }
    open = open.filter((index) => (shares[index] ?? 0) < (sizes[index] ?? 0));
  }
  return shares;
}

const byKey = ({ key: one }: Change, { key: other }: Change): number => {
  const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
  return a < b ? -1 : Number(a > b);
};

const SIGNS = { inserted: '+', updated: '~', deleted: '−', moved: '→', split: '⇉' } as const;

/** `~ id a: total 2 → 3`. */
export function lineOf({ change, key, to, before = {}, after = {} }: Change): string {
  const head = `${SIGNS[change]} ${valuesText(key)}`;
  if (to !== undefined) return `${head} is now ${to.map((one) => valuesText(one)).join(' and ')}`;
  if (change === 'updated')
    return `${head}: ${Object.keys(before)
      .map((name) => `${name} ${bothText(before[name], after[name])}`)
      .join(', ')}`;
  const others = Object.entries({ ...before, ...after }).filter(([name, value]) => !(name in key) && value !== null);
  return others.length === 0 ? head : `${head}: ${valuesText(Object.fromEntries(others))}`;
}

/** Characters of a value that are shown. */
const MOST_VALUE = 60;

/** Of what is the same in two long values, so many before the first difference. */
const LEAD = 15;

/** Where two long values begin in the same way, from shortly before they differ on. */
function bothText(before: unknown, after: unknown): string {
  const [one, other] = [textOf(before), textOf(after)];
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  const isLong = Math.max(one.length, other.length) > MOST_VALUE;
  const from = isLong && same > LEAD ? same - LEAD : 0;
  const cut = (text: string): string => shortened(`${from === 0 ? '' : '…'}${text.slice(from)}`, MOST_VALUE);
  return `${cut(one)} → ${cut(other)}`;
}

const textOf = (value: unknown): string =>
  value === null || value === undefined ? 'NULL' : lineText(typeof value === 'string' ? value : JSON.stringify(value));

const valuesText = (values: Values): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${shortened(textOf(value), MOST_VALUE)}`)
    .join(', ');
