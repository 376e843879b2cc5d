/** Planning from a cold process: a small configuration, and one of 10,000 jobs with their states; the same with the catalogs of their services. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Snapshot } from '../orchestrator/catalog/snapshot.ts';
import { snapshotText } from '../orchestrator/catalog/snapshot-text.ts';
import { sideBySide } from '../orchestrator/storage/side-by-side.ts';
import { withFleet } from './fleet.ts';
import { bareNode, type Child, CLI, cpu, mb, median, middle, ms, type Row, runNode, timed, times } from './measure.ts';

/** What a job reads: a program, or one of 100 data sets of a service. */
type Reading = (index: number) => string;

const PROGRAMS: Reading = (index) => `service: bench, data_type: t${index}, command: [program]`;
const DATASETS: Reading = (index) => `service: s${Math.floor(index / 100)}, data_type: t${index % 100}`;

/** A folder with a configuration of that many jobs; `--now` stands shortly before any of them is due. */
async function project(jobs: number, reading = PROGRAMS): Promise<{ folder: string; plan: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  const crons = ['17 */2 * * *', '23 6 * * 1', '41 3 1 * *', '5 */6 * * *'];
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo'];
  const lines = Array.from({ length: jobs }, (_, index) => {
    const cron = crons[index % crons.length];
    const zone = zones[Math.floor(index / 4) % zones.length];
    return `  job_${index}: { ${reading(index)}, cron: '${cron}', timezone: ${zone} }`;
  });
  await writeFile(join(folder, 'ingestion-config.yaml'), `jobs:\n${lines.join('\n')}\n`);
  const plan = [CLI, 'plan', '--json', '--config', join(folder, 'ingestion-config.yaml'), '--now'];
  return { folder, plan };
}

export const smallPlanRow = (): Promise<Row> =>
  withFleet(async (env) => {
    const { folder, plan } = await project(13);
    await runNode([...plan, '2026-11-21T06:00:00Z', '--record'], env);
    const plans: Child[] = [];
    for (let round = 0; round < 7; round += 1) plans.push(await runNode([...plan, '2026-11-21T08:30:00Z'], env));
    await rm(folder, { recursive: true });
    const { cpuSeconds, milliseconds, peakBytes } = middle(plans, (one) => one.cpuSeconds);
    const bare = await bareNode();
    return {
      what: 'plan, 13 jobs, fresh machine',
      measured: `${cpu(cpuSeconds)} in ${ms(milliseconds)}, ${mb(peakBytes)}`,
      limit: `${cpu(bare.cpuSeconds)} bare node`,
      ratio: times(cpuSeconds / bare.cpuSeconds),
      budget: '≤ 0.25 CPU s',
      isMet: cpuSeconds <= 0.25,
      judgedBy: 'work',
    };
  });

export const largePlanRows = (): Promise<Row[]> =>
  withFleet(async (env) => {
    const { folder, plan } = await project(10_000);
    await runNode([...plan, '2026-11-21T06:00:00Z', '--record'], env);
    const bucket = join(folder, '.tidemill/local/bucket/_tidemill/state');
    await mkdir(bucket, { recursive: true });
    const names = Array.from({ length: 10_000 }, (_, index) => join(bucket, `job_${index}.json`));
    const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(name, 'utf8'));
    const limit = await median(3, () => timed(() => sideBySide(names, async (name) => void (await read(name)))));
    const rows = await planRows([...plan, '2026-11-21T08:30:00Z'], env, {
      what: 'plan, 10,000 jobs with state, fresh machine',
      limit: { milliseconds: limit, of: 'reading the states' },
      mostMilliseconds: 1500,
    });
    await rm(folder, { recursive: true });
    return rows;
  });

/** 100 services of 100 data sets, each of 15 columns: 16 MB that a plan has to look through. */
export const catalogPlanRows = (): Promise<Row[]> =>
  withFleet(async (env) => {
    const { folder, plan } = await project(10_000, DATASETS);
    await runNode([...plan, '2026-11-21T06:00:00Z', '--record'], env);
    const bucket = join(folder, '.tidemill/local/bucket/_tidemill/catalog');
    await mkdir(bucket, { recursive: true });
    const names = Array.from({ length: 100 }, (_, index) => join(bucket, `s${index}.json`));
    for (const [index, name] of names.entries()) await writeFile(name, catalogOf(`s${index}`));
    const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(name, 'utf8'));
    const limit = await median(3, () => timed(() => sideBySide(names, async (name) => void (await read(name)))));
    const rows = await planRows([...plan, '2026-11-21T08:30:00Z'], env, {
      what: 'plan, 10,000 jobs of 100 services with catalogs, fresh machine',
      limit: { milliseconds: limit, of: 'reading the catalogs' },
      mostMilliseconds: 1500,
    });
    await rm(folder, { recursive: true });
    return rows;
  });

function catalogOf(service: string): string {
  const at = '2026-11-21T06:00:00.000Z';
  const description = 'What this column holds, in some words for people.';
  const columns = Array.from({ length: 15 }, (_, index) => ({ name: `column_${index}`, type: 'text', description }));
  const unit = { columns, key: ['column_0'], capabilities: ['full'], state: 'there', found_at: at } as const;
  const units = Array.from({ length: 100 }, (_, index) => ({ name: `t${index}`, ...unit }));
  const facts = { version: 1, service, collected_at: at, collected_by: 'bench', run: 'bench' } as const;
  return snapshotText({ ...facts, units, history: [] } as unknown as Snapshot);
}

export interface PlanLimits {
  readonly what: string;
  /** Something less that has to be done in any case. */
  readonly limit: { readonly milliseconds: number; readonly of: string };
  readonly mostMilliseconds: number;
}

const MOST_BYTES = 300e6;

/** Time and memory of a plan that only looks: the one in the middle of three, and the highest peak. */
export async function planRows(
  args: readonly string[],
  env: Record<string, string>,
  { what, limit, mostMilliseconds }: PlanLimits,
): Promise<Row[]> {
  const plans: Child[] = [];
  for (let round = 0; round < 3; round += 1) plans.push(await runNode(args, env));
  const { milliseconds, cpuSeconds } = middle(plans, (one) => one.milliseconds);
  const peak = Math.max(...plans.map(({ peakBytes }) => peakBytes));
  return [
    {
      what,
      measured: `${ms(milliseconds)}, ${cpu(cpuSeconds)}`,
      limit: `${ms(limit.milliseconds)} ${limit.of}`,
      ratio: times(milliseconds / limit.milliseconds),
      budget: `≤ ${mostMilliseconds} ms`,
      isMet: milliseconds <= mostMilliseconds,
    },
    {
      what,
      measured: mb(peak),
      limit: mb(MOST_BYTES),
      ratio: times(peak / MOST_BYTES),
      budget: '≤ 300 MB',
      isMet: peak <= MOST_BYTES,
      judgedBy: 'work',
    },
  ];
}
