/** Bronze held against silver: what the chain of a job makes today, and what lies in one of its warehouses. */
import { targetIn } from '../state/targets.ts';
import type { Table, Warehouse } from '../warehouse/contract.ts';
import { packageOf } from './bronze/places.ts';
import { objectsInQuarantine } from './bronze/quarantined.ts';
import type { Circumstances } from './compare/causes.ts';
import { compareRows, type Totals } from './compare/join.ts';
import { Rejects } from './compare/rejects.ts';
import { type ChangedColumn, changedColumns, type Finding, Tally } from './compare/tally.ts';
import { lastScan, type Rehearsed, type Scratch } from './rehearse.ts';

export interface Verdict {
  readonly silver: Totals;
  readonly bronze: Totals;
  readonly findings: readonly Finding[];
  readonly columns: readonly ChangedColumn[];
}

export interface Verification extends Rehearsed {
  readonly target: string;
  readonly warehouse: Warehouse;
  readonly table: Table;
  /** Keys of the manifests that were loaded for this. */
  readonly manifests: readonly string[];
  readonly isBroken: boolean;
  readonly otherJobs: Circumstances['otherJobs'];
  readonly hasOtherColumns: Circumstances['hasOtherColumns'];
  readonly values: 'shown' | 'hidden';
}

/** Reads silver once. The chain was loaded into the scratch warehouse before. */
export async function verify(about: Verification, scratch: Scratch): Promise<Verdict> {
  const { table, warehouse } = about;
  const tally = new Tally(await circumstancesOf(about, scratch));
  const changed = new Map<number, number>();
  const { expected: bronze, found: silver } = await compareRows(
    table,
    { expected: lastScan(scratch, table), found: warehouse.scan(table) },
    scratch.folder,
    (difference) => {
      tally.add(difference);
      if (difference.what !== 'changed') return;
      for (const column of difference.columns) changed.set(column, (changed.get(column) ?? 0) + 1);
    },
  );
  const looking = { maker: about, warehouse, table };
  await tally.look(looking);
  return {
    silver,
    bronze,
    findings: await tally.findings(looking, about.values),
    columns: changedColumns(table, changed),
  };
}

async function circumstancesOf(about: Verification, scratch: Scratch): Promise<Circumstances> {
  const { bucket, job, state, target, manifests, otherJobs, isBroken, hasOtherColumns } = about;
  const others = Object.keys(state.targets).filter((name) => name !== target);
  const objects = await objectsInQuarantine(bucket, job, others);
  const today = await objectsInQuarantine(scratch.bucket, job, []);
  const { pending, left_out: left = [] } = targetIn(state, target);
  const namesOf = (some: readonly string[]): Set<string> => new Set(some.flatMap((key) => packageOf(key) ?? []));
  const loaded = namesOf(manifests);
  const quarantined = [...objects].flatMap(([name, found]) => (loaded.has(name) ? found : []));
  return {
    loaded,
    waiting: namesOf([...pending, ...left].map(({ manifest }) => manifest)),
    quarantined: await Rejects.read(bucket, quarantined),
    rejectedToday: await Rejects.read(scratch.bucket, [...today.values()].flat()),
    ...{ otherJobs, isBroken, hasOtherColumns },
  };
}
