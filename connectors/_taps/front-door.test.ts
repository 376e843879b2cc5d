import { chmodSync, existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type Project, project } from '../../test/cli/project.ts';
import { query } from '../../test/cli/silver.ts';
import { FAKE_TAP } from '../../test/fakes/tap.ts';

const BIN = join(import.meta.dirname, '../../node_modules/.bin');
const TOKEN = 'token-of-the-tap';

interface Shop {
  /** Of the tap. */
  readonly config: object;
  readonly job?: object;
}

async function shop({ config, job = {} }: Shop): Promise<Project> {
  const columns = { id: 'bigint', amount: 'numeric' };
  const orders = {
    service: 'shop',
    data_type: 'raw_orders',
    columns,
    primary_key: ['id'],
    dependencies: ['TOKEN'],
    ...job,
  };
  const command = ['tidemill-singer', 'tap-shop', '--config', 'tap.json'];
  const here = await project({
    'ingestion-config.yaml': JSON.stringify({ services: { shop: { command } }, jobs: { orders } }),
    'bin/tap-shop': FAKE_TAP,
    'tap.json': JSON.stringify({ token: '${TOKEN}', ...config }),
  });
  chmodSync(here.path('bin/tap-shop'), 0o755);
  return here;
}

async function runOf(here: Project, args: readonly string[] = []) {
  const PATH = [here.path('bin'), BIN, process.env['PATH']].join(delimiter);
  const ran = await here.run(['run', 'orders', '--json', ...args], { env: { PATH, TOKEN } });
  return { ...ran.json().results[0], exit: ran.exit, told: ran.stdout + ran.stderr };
}

const idsOf = async (here: Project): Promise<number[]> =>
  (await query(here, 'SELECT id, amount FROM shop.raw_orders ORDER BY id')).map(([id]) => Number(id));

const askedOf = (here: Project) =>
  here
    .read('asked')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

it('loads a stream of a tap, and after a kill goes on behind its last state', async () => {
  const here = await shop({ config: { rows: 25, every: 10, dies_after: 17 } });
  here.write('dies', '');
  const killed = await runOf(here);
  expect(killed.exit).toBe(5);
  expect(killed.failure).toMatchObject({ code: 'command-failed', message: expect.stringContaining('SIGKILL') });

  rmSync(here.path('dies'));
  expect((await runOf(here)).result).toBe('done');
  expect(await idsOf(here)).toEqual(upTo(25));
  const [first, second] = askedOf(here);
  expect([first.state, second.state.bookmarks]).toEqual([undefined, { 'raw-orders': { id: 10 } }]);
  expect(
    second.catalog.streams.map(({ metadata }: { metadata: { metadata: object }[] }) => metadata[0]?.metadata),
  ).toEqual([
    expect.objectContaining({ selected: true, 'replication-method': 'INCREMENTAL', 'replication-key': 'id' }),
    { selected: false },
  ]);
  const whole = await shop({ config: { rows: 25, every: 10 } });
  await runOf(whole);
  const sql = 'SELECT id, amount, checksum_sha256 FROM shop.raw_orders ORDER BY id';
  expect(await query(here, sql)).toEqual(await query(whole, sql));
});

it('keeps records byte for byte, and the numbers in them', async () => {
  const here = await shop({ config: { rows: 1, every: 1 } });
  await runOf(here);
  const [part = ''] = globSync('.tidemill/local/**/part-*.ndjson.gz', { cwd: here.folder });
  expect(gunzipSync(readFileSync(here.path(part))).toString()).toBe('{"id": 1, "amount": 1.10}\n');
  expect(await query(here, 'SELECT amount::text FROM shop.raw_orders')).toEqual([['1.100000000']]);
});

it('deletes what is gone at the source where a run says everything, and nothing where the tap breaks off', async () => {
  const here = await shop({ config: { rows: 5, every: 2, version: true }, job: { scope: 'everything' } });
  await runOf(here);
  here.write('tap.json', JSON.stringify({ rows: 5, every: 2, version: true, dies_after: 3 }));
  here.write('dies', '');
  expect((await runOf(here)).result).toBe('failed');
  expect(await idsOf(here)).toEqual(upTo(5));
  here.write('tap.json', JSON.stringify({ rows: 4, every: 2, version: true }));
  expect((await runOf(here)).result).toBe('done');
  expect(await idsOf(here)).toEqual(upTo(4));
  const asked = askedOf(here);
  expect(asked.map(({ state }) => state)).toEqual([undefined, undefined, undefined]);
  expect(asked[0].catalog.streams[0].replication_method).toBe('FULL_TABLE');
});

it('says so where the tap reads the whole table, and the job only changes', async () => {
  const here = await shop({ config: { rows: 1, every: 1, version: true } });
  expect((await runOf(here)).told).toContain('ACTIVATE_VERSION');
});

it('shows nobody what the variables hold, and leaves no file that has it', async () => {
  const here = await shop({ config: { rows: 1, every: 1, says_first: `Authorization: ${TOKEN}` } });
  const { told } = await runOf(here);
  expect(told).toContain('Authorization: ***');
  expect(told).not.toContain(TOKEN);
  const [{ mode, config }] = askedOf(here);
  expect([mode, existsSync(config)]).toEqual([0o600, false]);
});

it('asks for a variable that is not there by its name, and for a stream by those there are', async () => {
  const here = await shop({ config: { token: '${OTHER}', rows: 1, every: 1 } });
  const { failure, exit } = await runOf(here);
  expect([exit, failure.kind, failure.message]).toEqual([
    2,
    'config',
    expect.stringContaining('needs the variable OTHER'),
  ]);
  const other = await shop({ config: { rows: 1, every: 1 }, job: { data_type: 'orders' } });
  expect((await runOf(other)).failure.message).toContain('The tap has no stream orders. It has: raw_orders, others.');
});
