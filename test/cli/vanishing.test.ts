/** A warehouse that is a file goes with the machine that GitHub lends: whoever looks is told once, and what stays instead. */
import { expect, it } from 'vitest';
import { configOf, type Project, project } from './project.ts';

const withWarehouses = (warehouses: Readonly<Record<string, unknown>>): Promise<Project> => {
  const environments = Object.fromEntries(
    Object.entries(warehouses).map(([name, warehouse]) => [name, { bucket: `bucket-${name}`, warehouse }]),
  );
  return project({ 'ingestion-config.yaml': JSON.stringify({ ...JSON.parse(configOf({ a: {} })), environments }) });
};

const FILE = 'silver.duckdb';
const REMEDY = /keeps? tables in a file of the machine that runs.*`warehouse: lake` keeps the tables in the bucket/;

it('validate names all environments for other machines, and ends well', async () => {
  const here = await withWarehouses({ local: FILE, dev: FILE, prd: { main: 'lake', extra: FILE }, tst: 'lake' });
  const { exit, stdout } = await here.run(['validate']);
  expect([exit, stdout]).toEqual([0, expect.stringMatching(/no fault\nNOTE {2}dev, prd keep tables/)]);
  expect(stdout).toMatch(REMEDY);
  expect((await here.run(['validate', '--json'])).json().notes).toEqual([expect.stringMatching(REMEDY)]);
  const fine = await withWarehouses({ local: FILE, dev: 'lake' });
  expect((await fine.run(['validate'])).stdout).not.toContain('NOTE');
});

it('doctor tells it of the environment that is asked for, and of none that is at home', async () => {
  const here = await withWarehouses({ local: FILE, dev: FILE });
  const away = await here.run(['doctor', '--environment', 'dev']);
  expect([away.exit, away.stdout]).toEqual([0, expect.stringMatching(/^NOTE {2}warehouse +dev keeps tables/m)]);
  expect((await here.run(['doctor'])).stdout).not.toContain('NOTE');
});

it('the summary of a plan tells it on a machine that GitHub lends, and on no other', async () => {
  const here = await withWarehouses({ dev: FILE });
  const summaryOn = async (machine: string): Promise<string> => {
    const env = { GITHUB_ACTIONS: 'true', RUNNER_ENVIRONMENT: machine };
    return (await here.run(['plan', '--environment', 'dev'], { env })).runner.summary;
  };
  expect(await summaryOn('github-hosted')).toMatch(/⚠️ The bucket of dev is a folder, .*\s+⚠️ dev keeps tables/);
  expect(await summaryOn('self-hosted')).not.toContain('⚠️');
});

/** What the report of a workflow finds, on a machine of its own. */
const reported = async (bucket: string, legs: string) => {
  const config = { ...JSON.parse(configOf({ a: {} })), environments: { dev: { bucket } } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
  const args = ['report', '--run-id', '20261121T060000Z-1-1', '--legs', legs, '--environment', 'dev'];
  return { here, ...(await here.run(args, { env: { GITHUB_ACTIONS: 'true' } })) };
};

it.each([
  ['success', 0],
  ['failure', 2],
  ['skipped', 2],
])(
  'the report, where each machine has a bucket of its own, says so, and is as green as the legs: %s',
  async (legs, code) => {
    const { exit, stdout, stderr, runner } = await reported('bucket', legs);
    expect([exit, stderr]).toEqual([code, '']);
    for (const text of [stdout, runner.summary]) {
      expect(text).toMatch(/The bucket of dev is a folder, and each machine of GitHub has one of its own.*such as gs/);
    }
  },
);

it('the report of a run that the folder knows, as on one machine, is what it always is', async () => {
  const { here } = await reported('bucket', 'success');
  const env = { GITHUB_ACTIONS: 'true' };
  const dev = ['--environment', 'dev', '--run-id', '20261121T060000Z-1-1'];
  await here.run(['run', 'a', ...dev], { env });
  const known = await here.run(['report', '--legs', 'success', ...dev], { env });
  expect([known.exit, known.stdout]).toEqual([0, expect.stringContaining('1 job done')]);
});
