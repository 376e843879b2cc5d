import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, LIMITS, type Worn } from './fold.ts';
import type { OpenFile } from './live.ts';

const LARGE = LIMITS.smallBytes;
const SMALL = LARGE - 1;

const fileOf = (number: number, bytes: number, rows = 100): OpenFile => ({
  number,
  file: { key: '', path: `file ${number}`, bytes, rows, deletes: [], mayHold: () => true, newest: () => undefined },
});

/** What becomes of files, each of a hundred rows. */
function fates(files: readonly (readonly [bytes: number, worn: Worn])[], writes = true): string[] {
  const open = files.map(([bytes], number) => fileOf(number, bytes));
  const folded = fold(open, ({ number }) => files[number]?.[1] ?? { dead: 0, fresh: 0 }, { writes, limits: LIMITS });
  const fateOf = (one: OpenFile): string =>
    Object.entries(folded).find(([, list]: [string, readonly OpenFile[]]) => list.includes(one))?.[0] ?? 'kept';
  return open.map(fateOf);
}

const none: Worn = { dead: 0, fresh: 0 };

describe('a commit', () => {
  it('leaves files alone in which nothing is deleted by it', () => {
    expect(
      fates([
        [SMALL, none],
        [LARGE, none],
        [LARGE, { dead: 90, fresh: 0 }],
      ]),
    ).toEqual(['kept', 'kept', 'kept']);
  });

  it('marks large files, and writes small and worn ones anew', () => {
    const files = [
      [LARGE, { dead: 30, fresh: 1 }],
      [LARGE, { dead: 31, fresh: 1 }],
      [SMALL, { dead: 1, fresh: 1 }],
    ] as const;
    expect(fates(files)).toEqual(['marked', 'rewritten', 'rewritten']);
  });

  it('drops a file of which no row lives', () => {
    expect(
      fates([
        [LARGE, { dead: 100, fresh: 100 }],
        [SMALL, { dead: 100, fresh: 1 }],
      ]),
    ).toEqual(['dropped', 'dropped']);
  });

  it('makes one of eight small files, if it writes anyway', () => {
    const seven = Array.from({ length: 7 }, () => [SMALL, none] as const);
    expect(new Set(fates(seven))).toEqual(new Set(['rewritten']));
    expect(new Set(fates(seven.slice(1)))).toEqual(new Set(['kept']));
    expect(new Set(fates(seven, false))).toEqual(new Set(['kept']));
    expect(fates([...seven, [LARGE, none]]).at(-1)).toBe('kept');
  });

  it('never lets a row live on that it deletes: of each file with one something becomes', () => {
    const worn = fc.record({ dead: fc.nat(100), fresh: fc.nat(100) }).filter(({ dead, fresh }) => fresh <= dead);
    const file = fc.tuple(fc.constantFrom(SMALL, LARGE), worn);
    const property = fc.property(fc.array(file, { maxLength: 10 }), fc.boolean(), (files, writes) => {
      for (const [index, fate] of fates(files, writes).entries()) {
        if ((files[index]?.[1].fresh ?? 0) > 0) expect(fate).not.toBe('kept');
      }
    });
    fc.assert(property, { seed: 20261129 });
  });
});
