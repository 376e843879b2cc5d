/** Divides work among machines. Pure. */

/** Only loads of one owner may share a machine. */
export interface Workload {
  readonly owner: string;
  /** How long it is expected to take. */
  readonly seconds: number;
}

export interface Room {
  /** Of lists; but each owner has one, however many those are. */
  readonly most: number;
  /** Seconds up to which a list is filled before its owner gets another one. */
  readonly fill: number;
}

/**
 * Lists of loads, each about as long as the others of its owner. Lists and their loads keep the order that the loads
 * came in.
 */
export function pack<T extends Workload>(loads: readonly T[], room: Room): T[][] {
  const places = new Map(loads.map((load, place) => [load, place]));
  const placeOf = (load: T | undefined): number => (load === undefined ? -1 : (places.get(load) ?? -1));
  const owned = [...Map.groupBy(loads, ({ owner }) => owner).values()];
  const lists = share(owned, room).flatMap(({ own, count }) => balanced(own, count));
  const inOrder = lists.map((list) => list.toSorted((a, b) => placeOf(a) - placeOf(b)));
  return inOrder.toSorted(([a], [b]) => placeOf(a) - placeOf(b));
}

interface Share<T> {
  readonly own: readonly T[];
  readonly seconds: number;
  count: number;
}

/** One list for each owner; then, while there is room, another for the one with the longest lists. */
function share<T extends Workload>(owned: readonly (readonly T[])[], { most, fill }: Room): Share<T>[] {
  const shares = owned.map((own): Share<T> => ({ own, seconds: total(own), count: 1 }));
  for (let left = most - shares.length; left > 0; left -= 1) {
    const divisible = shares.filter(({ own, seconds, count }) => count < own.length && seconds / count > fill);
    const [first, ...others] = divisible;
    if (first === undefined) break;
    const longest = others.reduce((a, b) => (b.seconds / b.count > a.seconds / a.count ? b : a), first);
    longest.count += 1;
  }
  return shares;
}

/** The longest first, always to where there is least so far; none of the lists stays empty. */
function balanced<T extends Workload>(loads: readonly T[], count: number): T[][] {
  const lists = Array.from({ length: count }, () => ({ seconds: 0, loads: [] as T[] }));
  for (const load of loads.toSorted((a, b) => b.seconds - a.seconds)) {
    const least = lists.reduce((a, b) => (b.seconds < a.seconds ? b : a));
    least.loads.push(load);
    least.seconds += Math.max(1, load.seconds);
  }
  return lists.map((list) => list.loads);
}

const total = (loads: readonly Workload[]): number => loads.reduce((sum, { seconds }) => sum + Math.max(1, seconds), 0);
