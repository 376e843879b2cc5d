/**
 * What the invented source holds on each of two days, and what must have become of it: bronze lines, silver rows and
 * rejects. The source and the verdict both read it here, so the verdict needs nothing of the pipeline to know the truth.
 */
import { createCipheriv } from 'node:crypto';
import type { Scope, WriteMode } from '@tidemill/kit';

export type Day = 1 | 2;

export const dataTypes = [
  ...(['orders', 'clicks', 'readings', 'stock', 'forms', 'marks', 'bulk', 'feed', 'shelf', 'lines'] as const),
] as const;
export type DataType = (typeof dataTypes)[number];

/** One source record; `n` is a text in a record that does not fit. */
export interface Item {
  readonly id: string;
  readonly n: number | string;
  readonly text: string;
}

/** A silver row as the warehouse prints it. */
export type Row = readonly [id: string, n: string, chars: string];

interface Shape {
  readonly write: WriteMode;
  readonly scope?: Scope;
  readonly key: readonly ('id' | 'n')[];
  /** Every page ends with a mark, and a run goes on behind the last one. Otherwise each run reads the whole day. */
  readonly hasMarks: boolean;
  /** Pages by day. With marks, the second day has those of the first as well. */
  readonly pages: Readonly<Record<Day, number>>;
  /** The second day ends with a page that no mark covers. */
  readonly hasTail: boolean;
  readonly hasArtifact: boolean;
  /**
   * Who says how far a run is, in the place of a mark behind every page: the kit, for pages in ascending order; a listing, by the
   * token of its next page; a command, by a line of its own.
   */
  readonly saysHowFar?: 'in order' | 'by token' | 'by lines';
  /** Pages that each death may cost once more; not judged if not given. */
  readonly again?: number;
}

const MARKED = { hasMarks: true, hasTail: false, hasArtifact: false } as const;

export const shapes: Readonly<Record<DataType, Shape>> = {
  orders: { write: 'upsert', key: ['id'], pages: { 1: 1, 2: 3 }, ...MARKED },
  clicks: { write: 'append', key: [], pages: { 1: 2, 2: 2 }, ...MARKED, hasTail: true },
  readings: { write: 'append', key: [], pages: { 1: 1, 2: 2 }, ...MARKED, hasMarks: false, hasArtifact: true },
  stock: { write: 'upsert', scope: 'everything', key: ['id'], pages: { 1: 2, 2: 2 }, ...MARKED, hasMarks: false },
  forms: { write: 'upsert', key: ['id'], pages: { 1: 1, 2: 2 }, ...MARKED },
  marks: { write: 'upsert', key: ['id'], pages: { 1: 4, 2: 9 }, ...MARKED },
  feed: { write: 'append', key: [], pages: { 1: 1, 2: 5 }, ...MARKED, saysHowFar: 'in order', again: 4 },
  shelf: {
    ...{ write: 'upsert', scope: 'everything', key: ['id'], pages: { 1: 3, 2: 6 } },
    ...{ ...MARKED, hasMarks: false, saysHowFar: 'by token', again: 3 },
  },
  lines: { write: 'append', key: [], pages: { 1: 1, 2: 3 }, ...MARKED, saysHowFar: 'by lines' },
  bulk: { write: 'append', key: [], pages: { 1: 1, 2: 6 }, ...MARKED, hasMarks: false },
};

const ITEMS = 4;
/** As many as a command prints before a checkpoint of it is kept. */
const LINES = 10_000;
/** Of a stream in order: so many pages may have been asked for when a checkpoint becomes a mark. */
export const PAGES_A_MARK = 3;

/** Records of one page. Pages and days differ, but each is always the same. */
function pageOf(type: DataType, page: number, day: Day): Item[] {
  if (type === 'bulk') return bulkPage(page);
  if (type === 'lines') return linesPage(page);
  return Array.from({ length: ITEMS }, (_, index) => {
    const n = page * ITEMS + index;
    switch (type) {
      case 'orders':
        // Pages say the same orders again with other values, so the order of loading shows.
        return { id: `order-${(n * 3) % 7}`, n, text: 'o'.repeat(n) };
      case 'stock':
        // On the second day some are gone, some are new, and some have changed.
        return { id: `sku-${n + day * 3}`, n: n % 2 === 0 ? n + day : n, text: '' };
      case 'marks':
        // Packages that are loaded together say the same keys again, and some have rejects.
        return { id: `mark-${(n * 5) % 11}`, n: n % 7 === 3 ? 'not a number' : n, text: 'm'.repeat(n % 3) };
      case 'feed':
        // The last of one page and the first of the next are at the same place, now and then: no run may begin between them.
        return { id: `feed-${n}`, n: page % 2 === 0 && page > 0 ? n - 1 : n, text: '' };
      case 'shelf':
        return { id: `thing-${n + day * 4}`, n: n % 2 === 0 ? n + day : n, text: '' };
      case 'forms':
        return { id: `form-${n % 5}`, n: index === 1 ? 'not a number' : n, text: '' };
      default:
        return { id: `${type}-${n}`, n, text: type };
    }
  });
}

const linesPage = (page: number): Item[] =>
  Array.from({ length: LINES }, (_, index) => ({ id: `line-${page}-${index}`, n: 0, text: '' }));

const MIB = 1024 * 1024;
const SMOOTH_PAGES = 5;

/** 65 MiB that compress well, so that the part is full and a second begins; then 12 MiB that do not compress at all. */
function bulkPage(page: number): Item[] {
  if (page >= SMOOTH_PAGES) return [{ id: 'noise', n: page, text: noise(9 * MIB) }];
  return Array.from({ length: 13 }, (_, index) => ({
    id: `bulk-${page}-${index}`,
    n: index,
    text: 'abcdefgh'.repeat(MIB / 8),
  }));
}

const noise = (bytes: number): string =>
  createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(bytes)).toString('base64');

/** What a day's pages are, from the given one on. The tail counts as a page. */
export function pagesFrom(type: DataType, from: number, day: Day): Item[][] {
  const { pages, hasTail } = shapes[type];
  const count = pages[day] + (hasTail && day === 2 ? 1 : 0);
  return Array.from({ length: Math.max(0, count - from) }, (_, index) => pageOf(type, from + index, day));
}

export const ARTIFACT = Buffer.from('<html>as it was found</html>'.repeat(500));

/** Everything that was read, in its order, when the source was read on the given days. */
export function readOn(type: DataType, days: readonly Day[]): Item[] {
  const last = days.at(-1) ?? 1;
  // With marks each run goes on where the one before ended; without, every run reads its whole day.
  return (shapes[type].hasMarks ? [last] : days).flatMap((day) => pagesFrom(type, 0, day).flat());
}

export const isReject = ({ n }: Item): boolean => typeof n !== 'number';

export const rowOf = ({ id, n, text }: Item): Row => [id, String(n), String(text.length)];

/** The silver table after the given days, in no particular order. */
export function rowsAfter(type: DataType, days: readonly Day[]): Row[] {
  const { scope, key } = shapes[type];
  const items = readOn(type, scope === 'everything' ? days.slice(-1) : days).filter((item) => !isReject(item));
  if (key.length === 0) return items.map(rowOf);
  return [...new Map(items.map((item) => [item.id, rowOf(item)])).values()];
}
