/** What is run and killed: a job, how things stood before, and what must have become of it in the end. */
import { runLeg } from './chain.ts';
import type { DataType, Day } from './dataset.ts';
import { type Driver, newPlace, type Place, tidemill } from './places.ts';
import { slots } from './source.ts';
import type { Truth } from './verdict.ts';

export interface Scenario {
  readonly name: string;
  readonly type: DataType;
  /**
   * What became of the first day: nothing, for the job is new; it was loaded; or its leg died before its first merge, and
   * nobody came back for the packages and the claim it left.
   */
  readonly before: 'nothing' | 'loaded' | 'pending';
  /** Names of the warehouses it loads into. One that is called `lake` keeps its tables in the bucket, any other in a file. */
  readonly warehouses: readonly string[];
}

const ONE = { warehouses: ['main'] } as const;
const LAKE = { warehouses: ['lake'] } as const;

export const scenarios: readonly Scenario[] = [
  { name: 'orders', type: 'orders', before: 'loaded', ...ONE },
  { name: 'clicks', type: 'clicks', before: 'nothing', ...ONE },
  { name: 'readings', type: 'readings', before: 'nothing', ...ONE },
  { name: 'stock', type: 'stock', before: 'loaded', ...ONE },
  { name: 'forms', type: 'forms', before: 'nothing', ...ONE },
  { name: 'backlog', type: 'clicks', before: 'pending', ...ONE },
  { name: 'marks', type: 'marks', before: 'pending', ...ONE },
  { name: 'feed', type: 'feed', before: 'loaded', ...ONE },
  { name: 'shelf', type: 'shelf', before: 'loaded', ...ONE },
  { name: 'lines', type: 'lines', before: 'nothing', ...ONE },
  { name: 'bulk', type: 'bulk', before: 'nothing', ...ONE },
  { name: 'two', type: 'clicks', before: 'pending', warehouses: ['main', 'archive'] },
  { name: 'lake-orders', type: 'orders', before: 'loaded', ...LAKE },
  { name: 'lake-stock', type: 'stock', before: 'loaded', ...LAKE },
  { name: 'lake-backlog', type: 'orders', before: 'pending', ...LAKE },
  { name: 'lake-marks', type: 'marks', before: 'pending', ...LAKE },
];

const MINUTE_MS = 60_000;

/** When a day's leg first runs, and the same so many minutes later. */
export const at = (day: Day, minutes = 10): string =>
  new Date(Date.parse(slots[day]) + minutes * MINUTE_MS).toISOString();

/** A place on the local driver as the scenario begins. Throws when it cannot be brought about. */
export async function prepare(local: Driver, folder: string, scenario: Scenario): Promise<Place> {
  const { type, before } = scenario;
  const place = await newPlace(local, folder, scenario);
  // A new job owes nothing before a plan first saw it.
  const seen = before === 'nothing' ? at(2, -60) : at(1, -60);
  const { exit, stderr } = await tidemill(place, seen, ['plan', '--record']);
  if (exit !== 0) throw new Error(`the job cannot be registered: ${stderr}`);
  if (before === 'nothing') return place;
  const first = { job: type, slot: slots[1], now: at(1) };
  if (before === 'loaded') {
    const fate = await runLeg(place, first);
    if (fate.killed || fate.result !== 'done') throw new Error(`the first day of ${type} ended otherwise`);
    return place;
  }
  const reference = await newPlace(local, `${folder}-reference`, scenario, place);
  const undisturbed = await runLeg(reference, first);
  const points = undisturbed.killed ? [] : undisturbed.points;
  const number = points.findIndex((label) => label.includes(` into ${scenario.warehouses[0]}, before`)) + 1;
  const fate = await runLeg(place, { ...first, death: { at: number } });
  if (!fate.killed) throw new Error(`the first day of ${type} did not die before its first merge`);
  return place;
}

export function truthOf({ type, before }: Scenario, now: string): Truth {
  const days: readonly Day[] = before === 'nothing' ? [2] : [1, 2];
  const settled = days.map((day) => [day, day === 1 && before === 'pending' ? 'superseded' : 'done'] as const);
  return { type, days, settled, now };
}
