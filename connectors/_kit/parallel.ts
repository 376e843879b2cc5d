/** Work on many items at once, whose results come in the order of the items all the same. */
import { asTidemillError, type ErrorKind, TidemillError } from './errors.ts';

export interface ParallelOptions {
  /** Items that are begun and not yet handed on, at most: so many tasks run, and so many results are held in memory. */
  readonly limit: number;
  /** Aborted when the run must end. */
  readonly signal: AbortSignal;
  /** Whether an error of one item means that the others fail as well; if not given, any that is not of this item alone. */
  isFatal?(error: TidemillError): boolean;
}

export interface Done<Item, Value> {
  readonly item: Item;
  readonly value: Value;
  /** No item before it has failed: a mark that says "everything up to here is out" is true. */
  readonly isWhole: boolean;
}

/** What may be wrong with one item while the next one is read: it passes, or the source wrote this one in another way. */
const OF_ONE_ITEM: ReadonlySet<ErrorKind> = new Set(['transient', 'source-changed']);

/** So many that fail one after the other have more in common than their place in a row: the source is down. */
const MOST_IN_A_ROW = 8;

type Outcome<Value> = { readonly value: Value } | { readonly error: TidemillError };

/**
 * Does the task for every item, `limit` at a time, and yields what the tasks answer, in the order of the items. Nothing more is begun
 * while nobody takes the next result. An item that fails stops no other one, unless its error is fatal, or the eighth in a row: then
 * nothing more is begun, and what is under way is handed on; so it is where the items themselves fail. The errors are thrown at the end, as one that says how many there are. A
 * task is given a signal that is aborted with the run, and when nobody wants further results; once this ends, nothing is under way.
 */
export async function* parallel<Item, Value>(
  items: Iterable<Item> | AsyncIterable<Item>,
  { limit, signal, isFatal = ({ kind }) => !OF_ONE_ITEM.has(kind) }: ParallelOptions,
  task: (item: Item, signal: AbortSignal) => Promise<Value>,
): AsyncGenerator<Done<Item, Value>, void> {
  if (!(Number.isInteger(limit) && limit > 0)) throw new RangeError(`limit: ${limit} is no number of tasks`);
  const unwanted = new AbortController();
  const ends = AbortSignal.any([signal, unwanted.signal]);
  const errors: TidemillError[] = [];
  let ofItems: TidemillError | undefined;
  let isOver = false;
  let inARow = 0;
  const begin = async (item: Item): Promise<Outcome<Value>> => {
    try {
      const value = await task(item, ends);
      inARow = 0;
      return { value };
    } catch (thrown) {
      const error = asTidemillError(thrown);
      inARow += 1;
      isOver ||= isFatal(error) || inARow === MOST_IN_A_ROW;
      return { error };
    }
  };
  const underWay: { readonly item: Item; readonly outcome: Promise<Outcome<Value>> }[] = [];
  const source = iteratorOf(items);
  try {
    for (;;) {
      while (underWay.length < limit && !isOver) {
        signal.throwIfAborted();
        const next = await nextOf(source);
        signal.throwIfAborted();
        isOver ||= next.done === true;
        if ('error' in next) ofItems = next.error;
        else if (next.done !== true) underWay.push({ item: next.value, outcome: begin(next.value) });
      }
      const [first] = underWay;
      if (first === undefined) break;
      const outcome = await first.outcome;
      signal.throwIfAborted();
      underWay.shift();
      if ('error' in outcome) errors.push(outcome.error);
      else yield { item: first.item, value: outcome.value, isWhole: errors.length === 0 };
    }
  } finally {
    unwanted.abort();
    await Promise.all(underWay.map(({ outcome }) => outcome));
    await source.return?.();
  }
  if (ofItems !== undefined) errors.push(ofItems);
  const worst = ofItems ?? errors.find(isFatal) ?? errors[0];
  if (worst !== undefined) throw errors.length === 1 ? worst : oneFor(worst, errors);
}

/** What comes next; where the items themselves fail, nothing does. */
async function nextOf<Item>(source: AsyncIterator<Item> | Iterator<Item>) {
  try {
    return await source.next();
  } catch (thrown) {
    return { done: true as const, error: asTidemillError(thrown) };
  }
}

const iteratorOf = <Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncIterator<Item> | Iterator<Item> =>
  Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();

/** The worst of several, which says how many there are. */
function oneFor(worst: TidemillError, errors: readonly TidemillError[]): TidemillError {
  const { kind, code, message, hint, retryAfterSeconds, request } = worst;
  const one = new TidemillError(kind, code, `${message} (and ${errors.length - 1} more failed: ${codesOf(errors)})`, {
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    cause: new AggregateError(errors, 'Every error of this work'),
  });
  one.request = request;
  return one;
}

const codesOf = (errors: readonly TidemillError[]): string => [...new Set(errors.map(({ code }) => code))].join(', ');
