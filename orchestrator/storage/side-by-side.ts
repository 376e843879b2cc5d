/** Requests that are under way at once; more does not help on a disk or over HTTP. */
const WIDTH = 32;

/** Does the action for every item, some at a time. The first error ends it, after what is under way. */
export async function sideBySide<T>(items: Iterable<T>, action: (item: T) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) await action(next.value);
  };
  const results = await Promise.allSettled(Array.from({ length: WIDTH }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
