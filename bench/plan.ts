/** Planning from a cold process: a small configuration, and one of 10,000 jobs with their states. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFleet } from './fleet.ts';
import { bareNode, type Child, CLI, cpu, mb, median, middle, ms, type Row, runNode, timed, times } from './measure.ts';

/** A folder with a configuration of that many command jobs; `--now` stands shortly before any of them is due. */
async function project(jobs: number): Promise<{ folder: string; plan: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  const crons = ['17 */2 * * *', '23 6 * * 1', '41 3 1 * *', '5 */6 * * *'];
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo'];
  const lines = Array.from({ length: jobs }, (_, index) => {
    const cron = crons[index % crons.length];
    const zone = zones[Math.floor(index / 4) % zones.length];
    return `  job_${index}: { service: bench, data_type: t${index}, command: [program], cron: '${cron}', timezone: ${zone} }`;
  });
  await writeFile(join(folder, 'ingestion-config.yaml'), `services: { bench: {} }\njobs:\n${lines.join('\n')}\n`);
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

export async function largePlanRows(): Promise<Row[]> {
  const { folder, plan } = await project(10_000);
  await runNode([...plan, '2026-11-21T06:00:00Z', '--record']);
  const bucket = join(folder, '.tidemill/local/bucket/_tidemill/state');
  await mkdir(bucket, { recursive: true });
  const names = Array.from({ length: 10_000 }, (_, index) => join(bucket, `job_${index}.json`));
  const readAll = (): Promise<unknown> =>
    timed(async () => {
      for (let index = 0; index < names.length; index += 32) {
        await Promise.all(names.slice(index, index + 32).map(async (name) => JSON.parse(await readFile(name, 'utf8'))));
      }
    });
  const limit = await median(3, readAll as () => Promise<number>);
  let peak = 0;
  const ours = await median(3, async () => {
    const { milliseconds, peakBytes } = await runNode([...plan, '2026-11-21T08:30:00Z']);
    peak = Math.max(peak, peakBytes);
    return milliseconds;
  });
  await rm(folder, { recursive: true });
  const reading = `${ms(limit)} reading the states`;
  const what = 'plan, cold, 10,000 jobs with state';
  return [
    { what, measured: ms(ours), limit: reading, ratio: times(ours / limit), budget: '≤ 1500 ms', isMet: ours <= 1500 },
    { what, measured: mb(peak), limit: '300 MB', ratio: times(peak / 300e6), budget: '≤ 300 MB', isMet: peak <= 300e6 },
  ];
}
