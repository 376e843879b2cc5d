/**
 * Operations as commits, each within what one may have: https://cloud.google.com/spanner/quotas#limits-for. Every column of a row that
 * is written counts, and every one of its entries in indexes; a row that is deleted counts once, and once for each index.
 */
import type { Operation } from './operations.ts';

export interface CommitLimits {
  readonly mutations: number;
  /** Of the request; Spanner takes 100 MB, indexes included. */
  readonly bytes: number;
}

export const COMMIT_LIMITS: CommitLimits = { mutations: 80_000, bytes: 16 * 1024 * 1024 };

export interface Costs {
  readonly columns: number;
  /** Of each index of the table, in how many columns an entry of it is. */
  readonly indexes: readonly number[];
}

/** An entry that changes is deleted, and made anew: https://github.com/googleapis/google-cloud-go/issues/1721 has the rule for new ones. */
function mutationsOf({ deletes, write }: Operation, { columns, indexes }: Costs): number {
  const entries = indexes.reduce((sum, width) => sum + width + 1, 0);
  return deletes.length * (1 + indexes.length) + (write === undefined ? 0 : columns + entries);
}

/** Of the request. */
function bytesOf({ deletes, write = [] }: Operation): number {
  let bytes = deletes.length * 40;
  for (const value of write) bytes += typeof value === 'string' ? textBytes(value) + 3 : 25;
  return bytes;
}

/** What JSON writes with more characters than it has. */
const ESCAPED = /["\\\p{Cc}]/u;

const textBytes = (text: string): number => Buffer.byteLength(ESCAPED.test(text) ? JSON.stringify(text) : text);

export interface Portion {
  readonly operations: readonly Operation[];
  readonly isLast: boolean;
}

/** At least one, and none but the only one is empty. An operation alone may be more than the limits: nobody can cut it. */
export async function* portionsOf(
  operations: AsyncIterable<Operation> | Iterable<Operation>,
  costs: Costs,
  limits: CommitLimits,
): AsyncGenerator<Portion> {
  let held: Operation[] = [];
  let [mutations, bytes] = [0, 0];
  for await (const operation of operations) {
    const [more, size] = [mutationsOf(operation, costs), bytesOf(operation)];
    const isFull = mutations + more > limits.mutations || bytes + size > limits.bytes;
    if (isFull && held.length > 0) {
      yield { operations: held, isLast: false };
      held = [];
      [mutations, bytes] = [0, 0];
    }
    held.push(operation);
    mutations += more;
    bytes += size;
  }
  yield { operations: held, isLast: true };
}

/** As the API has it: https://cloud.google.com/spanner/docs/reference/rest/v1/Mutation */
export type Mutation = Readonly<Record<string, unknown>>;

/** Rows that go, before those that come: one may be known as the other is. */
export function mutationsFor(table: string, columns: readonly string[], operations: readonly Operation[]): Mutation[] {
  const keys = operations.flatMap(({ deletes }) => deletes.map((row) => [row]));
  const values = operations.flatMap(({ write }) => (write === undefined ? [] : [write]));
  return [
    ...(keys.length === 0 ? [] : [{ delete: { table, keySet: { keys } } }]),
    ...(values.length === 0 ? [] : [{ insertOrUpdate: { table, columns, values } }]),
  ];
}
