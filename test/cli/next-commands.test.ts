/** A command that is printed to be typed does what it is printed for, in the environment that it was printed about. */
import { describe, expect, it } from 'vitest';
import { configOf, type Project, project } from './project.ts';
import { configure, on } from './quarters.ts';

const PRD = ['--environment', 'prd'];
const SPAN = ['--from', '2026-11-03T00:00:00Z', '--to', '2026-11-04T00:00:00Z'];

/** The configuration, with `prd` beside `local`: what is typed without it is done to the wrong one. */
const withPrd = (config: string): string =>
  JSON.stringify({ environments: { prd: { bucket: 'prd', warehouse: 'prd.duckdb' } }, ...JSON.parse(config) });

const LISTED = { columns: { id: 'bigint', n: 'integer' }, primary_key: ['id'], scope: 'everything' };

/** Its source has said so many rows, and then so many. */
async function shrunkTo(rows: number): Promise<Project> {
  const here = await project({});
  const write = (count: number) => {
    const prints = Array.from({ length: count }, (_, id) => ({ id, n: id }));
    here.write('ingestion-config.yaml', withPrd(configOf({ job: { ...LISTED, prints } })));
  };
  write(50);
  await here.run(['run', 'job', ...PRD]);
  write(rows);
  return here;
}

const typed = (command: string): string[] => command.split(' ').slice(2);

describe('what is printed about another environment than local', () => {
  it('deletes there what is gone at the source', async () => {
    const here = await shrunkTo(1);
    const red = await here.run(['run', 'job', ...PRD]);
    const command = 'npx tidemill run job --accept-deletes --environment prd';
    expect([red.exit, red.stdout]).toEqual([6, expect.stringContaining(`\`${command}\`, or accept_deletes`)]);
    expect((await here.run(typed(command))).stdout).toContain('49 deleted');
  });

  it('reads there what was left unread, as status names it', async () => {
    const here = await project({ 'ingestion-config.yaml': withPrd(configure({ catchup: 'none' })) });
    for (const now of [on(20, '10:05'), on(20, '11:05')]) await here.run(['tick', ...PRD], { now });
    const now = on(20, '14:30');
    const command =
      'npx tidemill backfill quarters --from 2026-11-20T11:00:00Z --to 2026-11-20T13:00:00Z --environment prd';
    await here.run(['tick', ...PRD], { now });
    for (const args of [['status'], ['status', 'quarters']]) {
      expect((await here.run([...args, ...PRD], { now })).stdout).toContain(`\`${command}\``);
    }
    expect((await here.run(typed(command), { now })).stdout).toContain('the backfill is done');
  });

  it('loads there what lies in quarantine', async () => {
    const job = { ...LISTED, prints: [{ id: 1, n: 'x' }] };
    const here = await project({ 'ingestion-config.yaml': withPrd(configOf({ job })) });
    await here.run(['run', 'job', ...PRD]);
    const { stdout } = await here.run(['quarantine', 'job', ...PRD]);
    expect(stdout).toMatch(/: npx tidemill replay job --quarantined --environment prd$/m);
  });

  it('loads a warehouse there that is new, and does not ask for it while it does so', async () => {
    const here = await shrunkTo(50);
    const config = JSON.parse(here.read('ingestion-config.yaml'));
    const warehouse = { main: 'prd.duckdb', lake: 'lake' };
    const both = { ...config, environments: { prd: { bucket: 'prd', warehouse } } };
    here.write('ingestion-config.yaml', JSON.stringify(both));
    const replayed = await here.run(['replay', 'job', '--warehouse', 'lake', ...PRD]);
    expect([replayed.exit, replayed.stdout]).toEqual([0, expect.stringContaining('the warehouse lake is new\n')]);
    const named = {
      ...config,
      environments: { prd: { bucket: 'prd', warehouse: { ...warehouse, more: 'x.duckdb' } } },
    };
    here.write('ingestion-config.yaml', JSON.stringify(named));
    const command = 'npx tidemill replay job --warehouse more --environment prd';
    expect((await here.run(['run', 'job', ...PRD])).stdout).toContain(`\`${command}\``);
    expect((await here.run(typed(command))).stdout).toContain('job  done: 50 records');
  });

  it('goes on there with a backfill that stopped', async () => {
    const here = await project({ 'ingestion-config.yaml': withPrd(configOf({ job: { command: 'exit 77' } })) });
    const { stdout } = await here.run(['backfill', 'job', ...SPAN, ...PRD]);
    expect(stdout.match(/`npx tidemill backfill job --environment prd` goes on from there/g)).toHaveLength(2);
  });
});

describe('a run that is red for what it rejected', () => {
  const odd = ['x', 'y', 'z'].map((n, id) => ({ id, n }));
  const red = async (): Promise<Project> => {
    const job = { columns: { id: 'bigint', n: 'integer' }, cron: '0 * * * *', prints: odd };
    const here = await project({ 'ingestion-config.yaml': configOf({ job }) });
    await here.run(['tick'], { now: on(20, '10:05') });
    return here;
  };

  it('says once why, and once how to see them', async () => {
    const here = await red();
    const { stdout } = await here.run(['tick'], { now: on(20, '11:05') });
    expect(stdout.match(/expected integer|npx tidemill quarantine job/g)).toEqual([
      'expected integer',
      'npx tidemill quarantine job',
    ]);
  });

  it('shows it by commands that read nothing again, which a table without a key would refuse', async () => {
    const here = await red();
    const { runner } = await here.run(['tick'], { now: on(20, '11:05'), env: { GITHUB_ACTIONS: 'true' } });
    const [block = ''] = /```sh\n(?:npx .*\n)+```/.exec(runner.summary) ?? [];
    const commands = block.match(/^npx .*$/gm) ?? [];
    const shown = [];
    for (const command of commands) shown.push(await here.run(typed(command), { now: on(20, '11:10') }));
    expect(shown.map(({ exit, stdout }) => [exit, stdout])).toEqual([
      [0, expect.stringContaining('gate-not-met: 3 of 3 records')],
      [0, expect.stringContaining('3 records of job in quarantine')],
    ]);
  });
});
