/** dbt's way through one warehouse: what has changed → an environment with dbt → a run of it → what it came to. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { makeFolder } from '@tidemill/kit/folder';
import type { Job } from '../config/job.ts';
import type { Bucket } from '../storage/contract.ts';
import type { DbtTarget, TableName, Warehouse } from '../warehouse/contract.ts';
import { dbtWith, type InstallWorld } from './environment.ts';
import { argumentsOf, profilesText, resultsFile } from './invocation.ts';
import { alone } from './lock.ts';
import { type Memory, recall, remember } from './memory.ts';
import type { DbtProject } from './project.ts';
import { runDbt } from './run-dbt.ts';
import type { Outcome } from './run-results.ts';
import { type Asked, type Selection, selectionOf } from './select.ts';

export interface TransformOrder {
  /** Its name in the environment. */
  readonly name: string;
  readonly warehouse: Warehouse;
  /** What its driver asks for; undefined where it lets no dbt in. */
  readonly requirements: readonly string[] | undefined;
  /** That load into it. */
  readonly jobs: readonly Pick<Job, 'id' | 'service' | 'data_type'>[];
  readonly project: DbtProject;
  /** What a person asked for, in dbt's own words; if there are none, what has changed. */
  readonly words: readonly string[];
  readonly scope: Asked['scope'];
}

export interface TransformWorld extends InstallWorld {
  readonly bucket: Bucket;
  /** Where installations of dbt lie. */
  readonly installations: string;
  /** A folder of this warehouse: what dbt has read of the project stays there, so that it reads it quicker. */
  readonly work: string;
  /** Called before dbt is touched, where there is something to do. */
  readonly begins: () => Promise<void>;
}

type LettingIn = Warehouse & Required<Pick<Warehouse, 'dbt'>>;

const letsIn = (warehouse: Warehouse): warehouse is LettingIn => warehouse.dbt !== undefined;

interface Begun {
  readonly asked: Omit<Asked, 'keeps'>;
  readonly requirements: readonly string[];
  readonly warehouse: LettingIn;
}

/** Undefined where there is nothing to do. Throws TidemillErrors. */
export async function transform(order: TransformOrder, world: TransformWorld): Promise<Outcome | undefined> {
  const { name, warehouse, requirements, project, words } = order;
  if (!letsIn(warehouse) || requirements === undefined) throw withoutDbt(name);
  const known = await recall(world.bucket, name);
  const current: Memory = { project: project.digest, packages: await packagesOf(order) };
  const asked = {
    words,
    scope: known?.project === project.digest ? order.scope : 'all',
    changed: order.jobs.filter(({ id }) => current.packages[id] !== known?.packages[id]).map(tableOf),
    sources: project.sources,
    tables: await warehouse.tables(),
  } as const;
  if (selectionOf({ ...asked, keeps: 'models' }) === undefined) return undefined;
  const outcome = await alone(world.work, () => built(order, world, { asked, requirements, warehouse }));
  // What failed is built again, whatever is loaded until then; so is what the warehouse could not take over.
  if (outcome !== undefined && words.length === 0 && isWell(outcome)) await remember(world.bucket, name, current);
  return outcome;
}

/** Undefined where the warehouse keeps nothing and has nothing to build from. */
async function built(
  order: TransformOrder,
  world: TransformWorld,
  { asked, requirements, warehouse }: Begun,
): Promise<Outcome | undefined> {
  await world.begins();
  const program = await dbtWith(requirements, world.installations, world);
  const target = await warehouse.dbt(await emptied(join(world.work, 'scratch')), order.project.sources);
  return finishing(target, async () => {
    const selection = selectionOf({ ...asked, keeps: target.keeps });
    return selection && build(program, target, selection, { order, world });
  });
}

/** Lets the warehouse take over what was built well, whatever became of the rest. */
async function finishing(target: DbtTarget, work: () => Promise<Outcome | undefined>): Promise<Outcome | undefined> {
  let built: readonly TableName[] = [];
  try {
    const outcome = await work();
    built = outcome?.built ?? [];
    return outcome;
  } finally {
    await target.finish?.(built);
  }
}

const isWell = ({ failedModels, failedTests }: Outcome): boolean => failedModels.length + failedTests.length === 0;

const tableOf = ({ service, data_type }: TransformOrder['jobs'][number]): TableName => ({
  schema: service,
  name: data_type,
});

/** The package of each job that was loaded last. */
async function packagesOf({ jobs, warehouse }: TransformOrder): Promise<Record<string, string>> {
  const packages: Record<string, string> = {};
  for (const { id } of jobs) {
    const last = await warehouse.lastPackage(id);
    if (last !== undefined) packages[id] = last;
  }
  return packages;
}

async function build(
  program: string,
  target: DbtTarget,
  selection: Selection,
  { order, world }: { readonly order: TransformOrder; readonly world: TransformWorld },
): Promise<Outcome> {
  const { project } = order;
  const places = { project: project.folder, work: world.work };
  const results = resultsFile(places);
  // Of an earlier run, it would be taken for that of this one.
  await rm(results, { force: true });
  await writeFile(join(world.work, 'profiles.yml'), profilesText(target));
  const args = argumentsOf(places, target, selection);
  const { env: inherited, signal, said } = world;
  return runDbt({ program, args, cwd: project.folder, env: target.env, inherited, results, signal, said });
}

async function emptied(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  makeFolder(folder);
  return folder;
}

const withoutDbt = (name: string): TidemillError =>
  new TidemillError('config', 'warehouse-without-dbt', `dbt has no way into the warehouse ${name}`, {
    hint: 'Transform another one with --warehouse NAME, or load the jobs into one that dbt reaches.',
  });
