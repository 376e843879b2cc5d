import type { Dataset } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { type Collected, merged } from './merge.ts';
import type { Snapshot } from './snapshot.ts';

const dataset = (name: string, changes: Partial<Dataset> = {}): Dataset => ({
  name,
  capabilities: ['full'],
  ...changes,
});

/** Collects on so many a day of November; `names` are data sets with nothing else to them. */
function collect(
  previous: Snapshot | undefined,
  day: number,
  named: readonly (string | Dataset)[],
  changes: Partial<Collected> = {},
) {
  const datasets = named.map((one) => (typeof one === 'string' ? dataset(one) : one));
  const at = new Date(`2026-11-${String(day).padStart(2, '0')}T06:00:00Z`);
  const facts = { service: 'shop', at, by: 'ada', run: `run-${day}`, accepts: false, accept: 'say --accept' };
  return merged(previous, { ...facts, datasets, ...changes });
}

const statesIn = ({ units }: Snapshot): string[] => units.map(({ name, state }) => `${name} ${state}`);

describe('a service that is collected again', () => {
  const first = collect(undefined, 1, ['orders', 'prices', 'parcels']).snapshot;

  it('has what it names, each since when it was first found', () => {
    const { snapshot, differences } = collect(first, 2, ['orders', 'prices', 'parcels', 'refunds'], { by: 'bob' });
    expect(differences).toEqual({ added: ['refunds'], back: [], gone: [], changed: [] });
    expect(snapshot.units.map(({ name, found_at }) => [name, found_at.slice(8, 10)])).toEqual([
      ['orders', '01'],
      ['prices', '01'],
      ['parcels', '01'],
      ['refunds', '02'],
    ]);
    expect(snapshot).toMatchObject({ collected_at: '2026-11-02T06:00:00.000Z', collected_by: 'bob', run: 'run-2' });
    expect(snapshot.history.map(({ by, added }) => [by, added.length])).toEqual([
      ['ada', 3],
      ['bob', 1],
    ]);
  });

  it('keeps what it does not name any more as gone, since then, until it is back', () => {
    const second = collect(first, 2, ['orders', 'parcels']);
    expect(second.differences.gone).toEqual(['prices']);
    expect(statesIn(second.snapshot)).toEqual(['orders there', 'parcels there', 'prices gone']);
    const third = collect(second.snapshot, 3, ['orders', 'parcels']);
    expect(third.differences.gone, 'is told once').toEqual([]);
    expect(third.snapshot.units[2]).toMatchObject({ gone_at: '2026-11-02T06:00:00.000Z' });
    const fourth = collect(third.snapshot, 4, ['prices', 'orders', 'parcels']);
    expect(fourth.differences).toEqual({ added: [], back: ['prices'], gone: [], changed: [] });
    expect(fourth.snapshot.units[0]).toEqual({
      ...dataset('prices'),
      state: 'there',
      found_at: '2026-11-04T06:00:00.000Z',
    });
  });

  it('remembers the differences, and no collection without', () => {
    const second = collect(first, 2, ['parcels', 'prices', 'orders']).snapshot;
    expect(second.history).toEqual(first.history);
    expect(second.collected_at).toBe('2026-11-02T06:00:00.000Z');
  });

  it('says what is another one of a data set, and takes no other word for a change', () => {
    const columns = [
      { name: 'id', type: 'bigint' },
      { name: 'total', type: 'double' },
    ] as const;
    const before = collect(undefined, 1, [
      dataset('orders', { columns, key: ['id'], description: 'Orders.' }),
    ]).snapshot;
    const now = dataset('orders', {
      description: 'All orders.',
      columns: [
        { name: 'total', type: 'numeric' },
        { name: 'shop', type: 'text', description: 'Whose.' },
      ],
      key: ['shop'],
      capabilities: ['full', 'preview'],
      cdm_model_id: 'order',
    });
    expect(collect(before, 2, [now]).differences.changed).toEqual([
      {
        name: 'orders',
        what: [
          'column shop (text) is new',
          'column id is gone',
          'column total was double, and is numeric',
          'the key was id, and is shop',
          'what it can was full, and is full, preview',
          'the model was none, and is order',
        ],
      },
    ]);
    const reworded = dataset('orders', { columns: [...columns].reverse(), key: ['id'], description: 'Others.' });
    expect(collect(before, 2, [reworded]).differences.changed).toEqual([]);
  });
});

describe('what a service does not name any more', () => {
  const of = (names: string): string[] => [...names];
  const having = (names: string): Snapshot => collect(undefined, 1, of(names)).snapshot;

  it.each([
    ['nothing', 'abcd', ''],
    ['nothing, of one', 'a', ''],
    ['less than half', 'abcd', 'a'],
    ['less than half, and others besides', 'abcde', 'abxyz'],
    ['others alone', 'ab', 'xy'],
  ])('is refused where that leaves %s, unless a person has looked', (_, before, now) => {
    const refused = () => collect(having(before), 2, of(now));
    expect(refused).toThrow(expect.objectContaining({ kind: 'source-changed', code: 'catalog-vanished' }));
    expect(refused).toThrow(expect.objectContaining({ hint: expect.stringContaining('`say --accept`') }));
    const { snapshot } = collect(having(before), 2, of(now), { accepts: true });
    expect(statesIn(snapshot).filter((text) => text.endsWith('there'))).toEqual(of(now).map((name) => `${name} there`));
  });

  it('is believed of half and less', () => {
    for (const [before, now] of [
      ['ab', 'a'],
      ['abcd', 'ab'],
      ['abcde', 'abc'],
    ] as const) {
      expect(collect(having(before), 2, of(now)).differences.gone).toHaveLength(before.length - now.length);
    }
  });

  it('is held against what was there, not against what had gone long before', () => {
    const small = collect(having('abcdef'), 2, of('ab'), { accepts: true }).snapshot;
    expect(collect(small, 3, of('ab')).differences.gone).toEqual([]);
    expect(() => collect(small, 3, [])).toThrow('names none of its 2 data sets any more');
  });

  it('is nothing at the first time', () => {
    expect(collect(undefined, 1, []).snapshot.units).toEqual([]);
  });
});
