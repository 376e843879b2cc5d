import { describe, expect, it } from 'vitest';
import { ascending, type Order } from './ascending.ts';
import type { Lines } from './emission.ts';

const lineOf = (record: unknown): Uint8Array =>
  Buffer.from(typeof record === 'string' ? record : JSON.stringify(record));

async function* walk(pages: readonly (readonly unknown[])[]): AsyncGenerator<Lines, string> {
  for (const [index, records] of pages.entries()) {
    yield { lines: records.map(lineOf), url: `https://source.example/?page=${index + 1}` };
  }
  return 'the last envelope';
}

const BY_AT: Order<number> = { by: 'at', cursorAt: (at) => at };

/** What is said, page by page: `p3` for a page of three records. */
async function said(pages: readonly (readonly unknown[])[], order: Order<unknown> = BY_AT): Promise<unknown[]> {
  const found: unknown[] = [];
  const walking = ascending(walk(pages), order);
  for (let step = await walking.next(); ; step = await walking.next()) {
    if (step.done === true) {
      expect(step.value).toBe('the last envelope');
      return found;
    }
    found.push('lines' in step.value ? `p${step.value.lines.length}` : step.value);
  }
}

const pagesOf = (...pages: (readonly number[])[]) => pages.map((values) => values.map((at) => ({ at })));

describe('a walk in ascending order', () => {
  it('has a checkpoint between two pages, once the second shows that the first was whole', async () => {
    expect(await said(pagesOf([1, 2], [4, 5], [7]))).toEqual(['p2', { checkpoint: 4 }, 'p2', { checkpoint: 7 }, 'p1']);
    expect(await said(pagesOf([1, 2]))).toEqual(['p2']);
    expect(await said([])).toEqual([]);
  });

  it('has none where records of both pages have the same value', async () => {
    expect(await said(pagesOf([1, 2], [2, 2], [2, 3], [4]))).toEqual(['p2', 'p2', 'p2', { checkpoint: 4 }, 'p1']);
  });

  it('takes a page as a whole: within it the order does not matter', async () => {
    expect(await said(pagesOf([2, 1], [5, 3]))).toEqual(['p2', { checkpoint: 3 }, 'p2']);
  });

  it('says which page is out of order, before it, and then no more', async () => {
    const outOfOrder = { outOfOrder: 'https://source.example/?page=3' };
    expect(await said(pagesOf([1], [4, 5], [3, 9], [10], [11]))).toEqual([
      'p1',
      { checkpoint: 4 },
      'p2',
      outOfOrder,
      'p2',
      'p1',
      'p1',
    ]);
    expect(await said(pagesOf([9, 8], [7, 6])), 'newest first').toEqual([
      'p2',
      { outOfOrder: 'https://source.example/?page=2' },
      'p2',
    ]);
  });

  it('makes no cursor of a time to come', async () => {
    const until = new Date('2026-11-21T06:00:00Z');
    const order = { by: 'at', cursorAt: (at: number) => new Date(at).toISOString(), until };
    const days = [['2026-11-19'], ['2026-11-20'], ['2099-01-01'], ['2099-01-02']];
    const pages = days.map((page) => page.map((at) => ({ at })));
    expect(await said(pages, order)).toEqual(['p1', { checkpoint: '2026-11-20T00:00:00.000Z' }, 'p1', 'p1', 'p1']);
  });

  it('reads instants with their zone, finer than a millisecond rounded down', async () => {
    const texts = [
      '2026-11-20T01:00:00+01:00',
      '2026-11-20T00:00:00.0019Z',
      '2026-11-20T00:00:00.00195Z',
      '2026-11-20T00:00:00.002Z',
    ];
    const order = { by: 'at', cursorAt: (at: number) => new Date(at).toISOString() };
    expect(
      await said(
        texts.map((at) => [{ at }]),
        order,
      ),
    ).toEqual([
      'p1',
      { checkpoint: '2026-11-20T00:00:00.001Z' },
      'p1',
      'p1',
      { checkpoint: '2026-11-20T00:00:00.002Z' },
      'p1',
    ]);
  });

  it.each([
    ['no field', {}],
    ['null', { at: null }],
    ['a time without a zone', { at: '2026-11-20 00:00:00' }],
    ['a day that no calendar has', { at: '2026-11-31' }],
    ['a time of such a day', { at: '2026-11-31T00:00:00Z' }],
    ['an integer that no double holds', '{"at":9007199254740993}'],
    ['no JSON', '{"at":'],
    ['null in place of a record', null],
  ])('passes over a record that does not say its place: %s', async (_, odd) => {
    expect(await said([[{ at: 1 }, odd], [odd, { at: 3 }], [odd], [{ at: 4 }]])).toEqual([
      'p2',
      { checkpoint: 3 },
      'p2',
      'p1',
      { checkpoint: 4 },
      'p1',
    ]);
    expect(await said([[odd], [odd], [{ at: 1 }]]), 'nothing before it says its place').toEqual(['p1', 'p1', 'p1']);
  });

  it('finds the field by its path', async () => {
    const order = { by: 'fields.updated', cursorAt: (at: number) => at };
    const pages = [1, 2].map((updated) => [{ fields: { updated } }]);
    expect(await said(pages, order)).toEqual(['p1', { checkpoint: 2 }, 'p1']);
  });
});
