import { describe, expect, it } from 'vitest';
import type { Change, ChangeKind } from './change.ts';
import { firstOf, lineOf } from './lines.ts';

const change = (kind: Change['change'], id: string, more: Partial<Change> = {}): Change => ({
  change: kind,
  key: { id },
  ...more,
});

describe('which rows are shown', () => {
  const all = [
    ...[change('updated', 'b'), change('inserted', 'c'), change('updated', 'a'), change('inserted', 'a')],
    ...[change('deleted', 'z'), change('split', 's'), change('moved', 'm')],
  ];
  const shown = (most: number) => firstOf(all, most).map(({ change: kind, key }) => `${kind} ${key['id']}`);

  it('those that are few by their kind come first, and each kind by its keys', () => {
    const expected = ['moved m', 'split s', 'deleted z', 'inserted a', 'inserted c', 'updated a', 'updated b'];
    expect(shown(50)).toEqual(expected);
    expect(shown(4)).toHaveLength(4);
    expect(shown(2)).toEqual(expected.slice(0, 2));
  });
});

describe('the line of a row', () => {
  it('names what a row that came or went has, and not what it lacks', () => {
    const row = { id: 'a', name: 'A', group: null };
    expect(lineOf(change('inserted', 'a', { after: row }))).toBe('+ id a: name A');
    expect(lineOf(change('deleted', 'a', { before: row }))).toBe('− id a: name A');
    expect(lineOf(change('deleted', 'a', { before: { id: 'a', group: null } }))).toBe('− id a');
  });

  it('shows an update to nothing, and from it', () => {
    const both = { before: { name: 'A', group: null }, after: { name: null, group: 'g' } };
    expect(lineOf(change('updated', 'a', both))).toBe('~ id a: name A → NULL, group NULL → g');
  });

  it('shows of long values that begin in the same way where they differ', () => {
    const list = Array.from({ length: 40 }, (_, index) => `api.Thing.part${index}`);
    const line = lineOf(change('updated', 'a', { before: { keys: list }, after: { keys: [...list, 'api.New'] } }));
    expect(line).toBe('~ id a: keys …i.Thing.part39"] → …i.Thing.part39","api.New"]');
    const [texts, more] = ['x'.repeat(100), 'y'.repeat(100)];
    const [before = '', after = ''] = lineOf(
      change('updated', 'a', { before: { texts }, after: { texts: more } }),
    ).split(' → ');
    expect([before.endsWith(`${'x'.repeat(59)}…`), after]).toEqual([true, `${'y'.repeat(59)}…`]);
    const longer = { before: { texts }, after: { texts: `${texts}z` } };
    expect(lineOf(change('updated', 'a', longer))).toMatch(/ …x+ → …x+z$/);
  });

  it('says what became of a row that moved', () => {
    expect(lineOf(change('split', 'a', { to: [{ id: 'b' }, { id: 'c' }] }))).toBe('⇉ id a is now id b and id c');
  });
});

describe('rows of several kinds', () => {
  const row = (change: ChangeKind, id: number): Change => ({ change, key: { id } });
  const many = (change: ChangeKind, rows: number) => Array.from({ length: rows }, (_, id) => row(change, id));
  const countsIn = (most: number, changes: readonly Change[]) => {
    const shown = firstOf(changes, most);
    return Object.entries(Object.groupBy(shown, ({ change }) => change)).map(
      ([kind, rows]) => `${kind} ${rows.length}`,
    );
  };

  it('are the first by their keys, in whatever order they come', () => {
    const some = [9, 3, 7, 1, 5, 2, 8, 4, 6].map((id) => row('updated', id));
    expect(firstOf(some, 3).map(({ key }) => key['id'])).toEqual([1, 2, 3]);
    expect(firstOf(some, 9).map(({ key }) => key['id'])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('share the room, and what one does not need the others have', () => {
    const all = [...many('updated', 90), ...many('inserted', 40), ...many('moved', 1)];
    expect(countsIn(20, all)).toEqual(['moved 1', 'inserted 10', 'updated 9']);
    expect(countsIn(2, all)).toEqual(['moved 1', 'inserted 1']);
    expect(countsIn(1000, all)).toEqual(['moved 1', 'inserted 40', 'updated 90']);
    expect(countsIn(0, all)).toEqual([]);
    expect(countsIn(Number.MAX_SAFE_INTEGER, many('deleted', 3))).toEqual(['deleted 3']);
  });
});
