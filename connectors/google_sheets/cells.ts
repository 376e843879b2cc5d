/** What the cells of a row are called. */
import type { z } from 'zod';
import { columnName } from './a1.ts';
import type { ValueRecord } from './schema.ts';

type SheetRecord = z.output<typeof ValueRecord>;

/**
 * The cells that are not empty, by the words of the header. A column without a word is called by its letters, and a word
 * that an earlier column has gets a number: `price`, `price_2`.
 */
export function cellsOf({ header, values, column }: SheetRecord): {
  readonly [name: string]: SheetRecord['values'][number];
} {
  const names = namesOf(header, column, values.length);
  const named = values.map((value, index) => [names[index] ?? '', value] as const);
  return Object.fromEntries(named.filter(([, value]) => value !== '' && value !== null));
}

function namesOf(header: SheetRecord['header'], column: number, cells: number): string[] {
  const names: string[] = [];
  const taken = new Set<string>();
  for (let index = 0; index < cells; index += 1) {
    const word = String(header[index] ?? '').trim() || columnName(column + index);
    let name = word;
    for (let number = 2; taken.has(name); number += 1) name = `${word}_${number}`;
    taken.add(name);
    names.push(name);
  }
  return names;
}
