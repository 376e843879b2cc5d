/** Checkpoints of a walk whose source answers in order, and the look at whether it does. */
import type { Checkpoint, Lines, OutOfOrder } from './emission.ts';
import { instantIn, startOfDay } from './instant.ts';

/** In which order the pages come. */
export interface Order<Cursor> {
  /**
   * Path to the field that the source sorts by, in a record: a number, or an instant as RFC 3339 writes it or a day
   * (`YYYY-MM-DD`). Records that lack it say nothing of the order.
   */
  readonly by: string;
  /**
   * Where a run goes on that is to be given every record from this value on: a number as the source wrote it, an instant in
   * milliseconds since 1970, rounded down.
   */
  cursorAt(value: number): Cursor;
  /** Nothing from here on becomes a cursor, however the source dates it: as a rule the upper bound of the walk. */
  readonly until?: Date | number;
}

/**
 * The pages of a walk whose source is documented to answer in ascending order, lowest values first, with a checkpoint between
 * two pages wherever every record of the later one lies above every record before it. So a checkpoint waits for the page
 * behind it, and no record that is out comes again because of it, ties included: within a page the order does not matter.
 *
 * A page with a record that lies below an earlier page is said `outOfOrder`; after it there are no checkpoints. Newest first is
 * such an order: nothing is lost, and nothing gained. Returns what the walk returns.
 */
export async function* ascending<Cursor, End>(
  walk: AsyncGenerator<Lines, End>,
  { by, cursorAt, until = Number.POSITIVE_INFINITY }: Order<Cursor>,
): AsyncGenerator<Lines | Checkpoint<Cursor> | OutOfOrder, End> {
  const spanOf = spansBy(by.split('.'));
  const bound = Number(until);
  let first: Lines | undefined;
  let highest: number | undefined;
  let isInOrder = true;
  for (;;) {
    const step = await walk.next();
    if (step.done === true) return step.value;
    const page = step.value;
    if (first !== undefined && isInOrder) {
      // Not looked through before there is a page behind it: most walks have one.
      highest ??= spanOf(first).highest;
      const span = spanOf(page);
      isInOrder = span.lowest >= highest;
      if (!isInOrder) yield { outOfOrder: page.url };
      else if (isBetween(span.lowest, highest, bound)) yield { checkpoint: cursorAt(span.lowest) };
      highest = Math.max(highest, span.highest);
    }
    first ??= page;
    yield page;
  }
}

/** Not where no record before, or none of the page, says its place. */
const isBetween = (lowest: number, highest: number, bound: number): boolean =>
  lowest > highest && lowest < bound && highest > Number.NEGATIVE_INFINITY;

interface Span {
  /** Infinity where no record has the field. */
  readonly lowest: number;
  /** Negative infinity where none has. */
  readonly highest: number;
}

function spansBy(path: readonly string[]): (page: Lines) => Span {
  return ({ lines }) => {
    let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const line of lines) {
      const value = placeOf(line, path);
      if (value === undefined) continue;
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
    }
    return { lowest, highest };
  };
}

/** Undefined where it cannot be compared: a number that a double does not hold, a text that is no instant. */
function placeOf(line: Uint8Array, path: readonly string[]): number | undefined {
  const value = fieldIn(line, path);
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : value;
  if (typeof value !== 'string') return undefined;
  // What has no zone would be another instant on every machine.
  return (instantIn(value) ?? startOfDay(value))?.getTime();
}

function fieldIn(line: Uint8Array, path: readonly string[]): unknown {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString());
  } catch {
    // Whatever it is, it is kept, and rejected when it is loaded.
    return undefined;
  }
  for (const name of path) value = (value as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return value;
}
