/** `tidemill verify`: what lies in silver held against what bronze makes of it today. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { changeState, datedProject, stateOf, WAREHOUSE } from './dated.ts';
import { configOf, type Project, project } from './project.ts';

const ARCHIVE = 'archive.duckdb';
const BOTH = { warehouse: { main: WAREHOUSE, archive: ARCHIVE } };
const LATER = { now: '2026-11-21T09:30:00Z' };

const DIGEST = /^[0-9a-f]{32}$/;

/** What somebody does to the tables by other means. */
async function tamper(here: Project, ...statements: string[]): Promise<void> {
  const instance = await DuckDBInstance.create(here.path(WAREHOUSE));
  const connection = await instance.connect();
  for (const sql of statements) await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

async function verify(here: Project, ...args: string[]) {
  const run = await here.run(['verify', '--json', ...args]);
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of many shapes.
  return { exit: run.exit, verified: run.json().verified as readonly any[], run };
}

const causesOf = ({ findings }: { findings: readonly { cause: string; rows: number }[] }) =>
  findings.map(({ cause, rows }) => [cause, rows]);

describe('a table that is what bronze says', () => {
  it('is equal in every warehouse, by the same digest, whatever way its rows are written', async () => {
    const here = await datedProject({ log: {}, events: {}, firsts: {}, register: {}, flawed: {} }, {}, BOTH);
    await here.run(['run', '*']);
    await here.run(['run', '*'], LATER);
    const { exit, verified } = await verify(here, '*');
    expect(verified.map(({ job, warehouse, outcome }) => [job, warehouse, outcome])).toEqual(
      ['log', 'events', 'firsts', 'register', 'flawed'].flatMap((job) =>
        ['main', 'archive'].map((name) => [job, name, 'equal']),
      ),
    );
    expect(exit).toBe(0);
    for (const { silver, bronze } of verified) expect(silver).toEqual(bronze);
    for (const [one, other] of verified
      .keys()
      .filter((at) => at % 2 === 0)
      .map((at) => [verified[at], verified[at + 1]])) {
      expect(one.silver).toEqual(other.silver);
      expect(one.silver.digest).toMatch(DIGEST);
    }
  });
});

/** A shop whose orders a command prints. */
const shop = (fields: object, ...prints: unknown[]): string =>
  configOf({
    orders: { columns: { id: 'integer', total: 'numeric', note: 'text' }, primary_key: ['id'], prints, ...fields },
  });
const ORDERS = Array.from({ length: 20 }, (_, id) => ({ id, total: id + 0.5, note: `secret-${id}`, other: `x${id}` }));
const shopProject = async (...prints: unknown[]): Promise<Project> => {
  const here = await project({ 'ingestion-config.yaml': shop({}, ...prints) });
  expect((await here.run(['run', 'orders'])).exit).toBe(0);
  return here;
};
const SILVER = 'example.orders';

describe('a table that somebody has changed', () => {
  it.each([
    ['a cell', `UPDATE ${SILVER} SET total = 7 WHERE id = 3`, [['edited', 1]]],
    ['a cell that is NULL now', `UPDATE ${SILVER} SET note = NULL WHERE id < 2`, [['edited', 2]]],
    ['a checksum', `UPDATE ${SILVER} SET checksum_sha256 = repeat('0', 64) WHERE id = 3`, [['edited', 1]]],
    [
      'a key',
      `UPDATE ${SILVER} SET id = 100 WHERE id = 3`,
      [
        ['edited', 1],
        ['missing', 1],
      ],
    ],
    ['rows that are gone', `DELETE FROM ${SILVER} WHERE id > 15`, [['missing', 4]]],
    ['a row that is there twice', `INSERT INTO ${SILVER} FROM ${SILVER} WHERE id = 1`, [['extra', 1]]],
  ])('is different by %s, and the exit code is 6', async (_, sql, expected) => {
    const here = await shopProject(...ORDERS);
    await tamper(here, sql);
    const { exit, verified, run } = await verify(here, 'orders');
    expect([exit, verified[0].outcome, causesOf(verified[0])]).toEqual([6, 'different', expected]);
    expect(run.stdout + run.stderr).not.toContain('secret-');
    const { object, line } = verified[0].findings[0].places[0];
    expect(object).toMatch(/^bronze\/example\/orders\/dt=2026-11-21\/\S+\/part-00001\.ndjson\.gz$/);
    expect(line).toBeGreaterThan(0);
  });

  it('shows the values on the terminal of a person, and never on GitHub', async () => {
    const here = await shopProject(...ORDERS);
    await tamper(here, `UPDATE ${SILVER} SET note = 'mine' WHERE id = 3`);
    const seen = await here.run(['verify', 'orders'], { person: {} });
    expect([seen.exit, seen.stdout]).toEqual([6, expect.stringContaining('id 3, note mine → secret-3')]);
    expect(seen.stdout).toContain('columns that differ: note (1)');
    const piped = await here.run(['verify', 'orders']);
    expect(piped.stdout).toMatch(/FAULT +1 row: the checksum is not that of the values/);
    expect(piped.stdout).not.toMatch(/mine|secret-3/);
    const asked = await here.run(['verify', 'orders', '--json', '--show-values']);
    expect(asked.json().verified[0].findings[0].examples[0].values).toContainEqual({
      column: 'note',
      silver: 'mine',
      bronze: 'secret-3',
    });
    const actions = { env: { GITHUB_ACTIONS: 'true' }, person: {} };
    expect((await here.run(['verify', 'orders', '--show-values'], actions)).stdout).not.toMatch(/mine|secret-3/);
  });

  it('leaves nothing behind, neither in the bucket nor among temporary files', async () => {
    const here = await shopProject(...ORDERS);
    const files = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
    const temporary = () => readdirSync(tmpdir()).filter((name) => name.startsWith('tidemill-scratch-'));
    const before = [files(here.path('.tidemill/local/bucket')), temporary()];
    await verify(here, 'orders');
    expect([files(here.path('.tidemill/local/bucket')), temporary()]).toEqual(before);
  });
});

describe('a row that is other for a reason', () => {
  it('was made by other code', async () => {
    const here = await shopProject(...ORDERS);
    const columns = { id: 'integer', total: 'numeric', note: { type: 'text', from: 'other' } };
    here.write('ingestion-config.yaml', shop({ columns }, ...ORDERS));
    const { exit, verified } = await verify(here, 'orders');
    expect([exit, verified[0].outcome, causesOf(verified[0])]).toEqual([0, 'explained', [['other-code', 20]]]);
    expect(verified[0].columns).toEqual([{ name: 'note', rows: 20 }]);
  });

  it('was made by other code of an older record that said the same', async () => {
    const here = await project({ 'ingestion-config.yaml': shop({ scope: 'everything' }, ...ORDERS) });
    await here.run(['run', 'orders']);
    await here.run(['run', 'orders'], LATER);
    const columns = { id: 'integer', total: 'numeric', note: { type: 'text', from: 'other' } };
    here.write('ingestion-config.yaml', shop({ scope: 'everything', columns }, ...ORDERS));
    const { exit, verified } = await verify(here, 'orders');
    expect([exit, causesOf(verified[0])]).toEqual([0, [['other-code', 20]]]);
  });

  it('but not where the same code makes it of an older record: a newer one is not in silver', async () => {
    const here = await shopProject(...ORDERS);
    const old = readFileSync(here.path(WAREHOUSE));
    here.write('ingestion-config.yaml', shop({}, ...ORDERS.map((order) => ({ ...order, total: 1 }))));
    await here.run(['run', 'orders'], LATER);
    writeFileSync(here.path(WAREHOUSE), old);
    const { exit, verified } = await verify(here, 'orders');
    expect([exit, causesOf(verified[0])]).toEqual([6, [['stale', 20]]]);
  });

  it.each([
    ['the DuckDB file', {}],
    ['the lake', { environments: { local: { warehouse: 'lake' } } }],
  ])(
    'has a column of the type that it was made with, in %s: nobody has written it by other means',
    async (_, where) => {
      const orders = ORDERS.map((order) => ({ ...order, total: `${order.total}` }));
      const configured = (total: string): string =>
        JSON.stringify({
          ...JSON.parse(shop({ columns: { id: 'integer', total, note: 'text' } }, ...orders)),
          ...where,
        });
      const here = await project({ 'ingestion-config.yaml': configured('numeric') });
      await here.run(['run', 'orders']);
      here.write('ingestion-config.yaml', configured('text'));
      const { exit, verified } = await verify(here, 'orders');
      expect([exit, causesOf(verified[0])]).toEqual([0, [['other-code', 20]]]);
      const said = expect.stringMatching(
        /^column total is decimal\(38, ?9\) in the warehouse and declared as text now: loads/i,
      );
      expect(verified[0].notes).toEqual([said]);
      expect((await here.run(['replay', 'orders', '--dry-run'])).stdout).toMatch(
        /^column total is .* loads are refused/m,
      );
      expect((await here.run(['replay', 'orders'])).stdout).toContain('(column-type-changed;');
    },
  );

  it('is not made of a column that is declared no more', async () => {
    const here = await shopProject(...ORDERS);
    here.write('ingestion-config.yaml', shop({ columns: { id: 'integer', total: 'numeric' } }, ...ORDERS));
    expect([(await verify(here, 'orders')).exit]).toEqual([0]);
  });

  it('was rejected, and fits by now; or does not fit any more', async () => {
    const odd = [...ORDERS, { id: 20, total: 1, note: 5, other: 'x' }];
    const here = await shopProject(...ORDERS.slice(0, 1));
    here.write('ingestion-config.yaml', shop({ max_reject_ratio: 1 }, ...odd));
    await here.run(['run', 'orders']);
    expect((await verify(here, 'orders')).verified[0].outcome).toBe('equal');
    const columns = { id: 'integer', total: 'numeric', note: { type: 'text', from: 'other' } };
    here.write('ingestion-config.yaml', shop({ columns }, ...odd));
    expect(causesOf((await verify(here, 'orders')).verified[0])).toEqual([
      ['other-code', 20],
      ['in-quarantine', 1],
    ]);
    const fewer = { id: 'integer', total: 'integer', note: 'text' };
    here.write('ingestion-config.yaml', shop({ columns: fewer }, ...odd));
    const { exit, verified } = await verify(here, 'orders');
    expect([exit, causesOf(verified[0])]).toEqual([0, [['rejected-today', 20]]]);
  });

  it('waits for a warehouse that is down', async () => {
    const here = await datedProject({ log: {} }, {}, BOTH);
    await here.run(['run', 'log']);
    rmSync(here.path(ARCHIVE));
    mkdirSync(here.path(ARCHIVE));
    await here.run(['run', 'log'], LATER);
    const down = await verify(here, 'log');
    expect([down.exit, down.verified.map(({ warehouse }) => warehouse), down.run.json().refused]).toEqual([
      2,
      ['main'],
      [expect.objectContaining({ job: 'log', warehouse: 'archive' })],
    ]);
    expect(stateOf(here, 'log').targets['archive']?.pending).toHaveLength(1);
  });

  it('was left, for half an answer deletes nothing', async () => {
    const fields = { scope: 'everything', max_delete_ratio: 0.1, max_delete_rows: 1 };
    const here = await project({ 'ingestion-config.yaml': shop(fields, ...ORDERS) });
    await here.run(['run', 'orders']);
    here.write('ingestion-config.yaml', shop(fields, ...ORDERS.slice(0, 5)));
    expect((await here.run(['run', 'orders'], LATER)).exit).toBe(6);
    const { exit, verified } = await verify(here, 'orders');
    expect([exit, verified[0].outcome, verified[0].silver.rows]).toEqual([0, 'equal', 20]);
    expect(verified[0].notes).toEqual([expect.stringContaining('does not name were left')]);
  });

  it('is of a package that waits', async () => {
    const here = await datedProject({ log: {} });
    await here.run(['run', 'log']);
    const { head = '', targets } = stateOf(here, 'log');
    changeState(here, 'log', { targets: { main: { ...targets['main'], pending: [{ id: 'x', manifest: head }] } } });
    const { exit, verified } = await verify(here, 'log');
    expect([exit, causesOf(verified[0])]).toEqual([0, [['waiting', 7]]]);
    expect(verified[0].notes).toEqual(['not looked at, for not loaded yet: 1 package']);
  });

  it('is as the one before says, while a package that says everything waits', async () => {
    const here = await project({ 'ingestion-config.yaml': shop({ scope: 'everything' }, ...ORDERS) });
    await here.run(['run', 'orders']);
    const before = readFileSync(here.path(WAREHOUSE));
    here.write('ingestion-config.yaml', shop({ scope: 'everything' }, ...ORDERS.slice(0, 15)));
    await here.run(['run', 'orders'], LATER);
    writeFileSync(here.path(WAREHOUSE), before);
    const { head = '' } = stateOf(here, 'orders');
    for (const waits of ['pending', 'left_out'] as const) {
      changeState(here, 'orders', {
        targets: { main: { pending: [], [waits]: [{ id: 'x', manifest: head, reason: 'x' }] } },
      });
      const { exit, verified } = await verify(here, 'orders');
      expect([exit, verified[0].outcome, verified[0].bronze.rows]).toEqual([0, 'equal', 20]);
    }
  });

  it('was committed before the warehouse was there, and is asked for once a replay has loaded it', async () => {
    const here = await datedProject({ log: {}, events: {} });
    await here.run(['run', 'log,events']);
    const config = JSON.parse(here.read('ingestion-config.yaml'));
    config.environments.local = BOTH;
    here.write('ingestion-config.yaml', JSON.stringify(config));
    await here.run(['run', 'log,events'], LATER);
    const asked = async () =>
      (await verify(here, '*', '--warehouse', 'archive')).verified.map(({ outcome, silver, notes }) => [
        outcome,
        silver.rows,
        notes.length,
      ]);
    expect(await asked()).toEqual([
      ['equal', 3, 1],
      ['equal', 3, 1],
    ]);
    await here.run(['replay', '*', '--warehouse', 'archive'], LATER);
    expect(await asked()).toEqual([
      ['equal', 34, 0],
      ['equal', 34, 0],
    ]);
  });

  it('is older than what is left of the chain', async () => {
    const here = await datedProject({ log: {} });
    await here.run(['run', 'log']);
    const { head = '' } = stateOf(here, 'log');
    const { previous } = JSON.parse(here.read(`.tidemill/local/bucket/${head}`));
    rmSync(here.path('.tidemill/local/bucket', previous));
    const { exit, verified } = await verify(here, 'log');
    expect([exit, causesOf(verified[0])]).toEqual([0, [['before-break', 24]]]);
    expect(verified[0].notes).toEqual([expect.stringContaining(`nothing before ${previous}`)]);
  });

  it('is of another job of the same table', async () => {
    const here = await datedProject({ one: { data_type: 'events' }, other: { data_type: 'log' } });
    await here.run(['run', 'one']);
    const config = JSON.parse(here.read('ingestion-config.yaml'));
    config.jobs.other.data_type = 'events';
    here.write('ingestion-config.yaml', JSON.stringify(config));
    await here.run(['run', 'other'], LATER);
    const { exit, verified } = await verify(here, 'one', 'other');
    expect([exit, ...verified.map(causesOf)]).toEqual([0, [['of-other-job', 34]], []]);
  });
});

it('refuses what there is not, with the nearest name', async () => {
  const here = await shopProject(...ORDERS);
  const run = await here.run(['verify', 'order', '--json']);
  expect([run.exit, run.json().error]).toMatchObject([
    2,
    { code: 'unknown-job', hint: expect.stringContaining('orders') },
  ]);
  expect((await here.run(['verify', 'orders', '--warehouse', 'mian', '--json'])).json().error.code).toBe(
    'unknown-warehouse',
  );
});
