/** `tidemill diff`: what has changed in a table between two points in time, by the bucket alone. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { stateOf } from './dated.ts';
import { configOf, type Project, project } from './project.ts';

type Row = Readonly<Record<string, unknown>>;

const HOURS = ['06', '07', '08', '09'];
const at = (hour: string): string => `2026-11-21T${hour}:30:00Z`;

/** A shop that prints these rows, one edition an hour. */
async function shopProject(fields: object, ...editions: (readonly Row[])[]): Promise<Project> {
  const here = await project({});
  for (const [index, rows] of editions.entries()) {
    shop(here, fields, rows);
    const run = await here.run(['run', 'orders'], { now: at(HOURS[index] ?? '10') });
    expect(run.exit, run.stderr).toBe(0);
  }
  return here;
}

const shop = (here: Project, fields: object, rows: readonly Row[]): void =>
  here.write(
    'ingestion-config.yaml',
    configOf({
      orders: { columns: { id: 'integer', total: 'numeric' }, primary_key: ['id'], prints: rows, ...fields },
    }),
  );

async function diffOf(here: Project, ...args: string[]) {
  const run = await here.run(['diff', 'orders', '--json', '--show-values', ...args]);
  expect(run.exit, run.stderr).toBe(0);
  const document = run.json();
  const changes = document.changes.map(({ change, key }: { change: string; key: Row }) => `${change} ${key['id']}`);
  return { ...document, kinds: changes.sort() };
}

const rows = (...totals: (number | undefined)[]): Row[] =>
  totals.flatMap((total, id) => (total === undefined ? [] : { id, total }));
const WHOLE = { scope: 'everything' };

describe('tidemill diff', () => {
  it('shows what came, went and is another since the package before, with its columns before and after', async () => {
    const here = await shopProject(WHOLE, rows(1, 2, 3), rows(1, 2.5, undefined, 4));
    const found = await diffOf(here);
    expect(found.kinds).toEqual(['deleted 2', 'inserted 3', 'updated 1']);
    expect(found.totals).toEqual({ inserted: 1, updated: 1, deleted: 1, moved: 0, split: 0, columns: { total: 1 } });
    const updated = found.changes.find(({ change }: { change: string }) => change === 'updated');
    expect(updated).toEqual({ change: 'updated', key: { id: 1 }, before: { total: 2 }, after: { total: 2.5 } });
  });

  it('does so between any two points, by their packages or by instants', async () => {
    const here = await shopProject(WHOLE, rows(1), rows(1, 1), rows(1, 1, 1), rows(2, 1, 1));
    const { from, to } = await diffOf(here);
    expect((await diffOf(here, '--from', at('06'))).kinds).toEqual(['inserted 1', 'inserted 2', 'updated 0']);
    expect((await diffOf(here, '--from', at('06'), '--to', at('07'))).kinds).toEqual(['inserted 1']);
    expect((await diffOf(here, '--to', from.package)).kinds).toEqual(['inserted 2']);
    expect((await diffOf(here, '--from', from.package, '--to', to.package)).kinds).toEqual(['updated 0']);
    expect((await diffOf(here, '--from', '2026-11-01T00:00:00Z')).kinds).toHaveLength(3);
    expect((await diffOf(here, '--from', at('12'))).kinds).toEqual([]);
  });

  it('of changes only goes back as far as it must to know what was there', async () => {
    const here = await shopProject({}, rows(1, 1), [{ id: 1, total: 2 }], [{ id: 2, total: 1 }], [{ id: 0, total: 9 }]);
    const found = await diffOf(here, '--from', at('07'));
    expect(found.kinds).toEqual(['inserted 2', 'updated 0']);
  });

  it('of a table that is only added to, a row that is there already is no change', async () => {
    const append = { write: 'append' };
    const here = await shopProject(append, rows(1), rows(5, 5));
    expect((await diffOf(here)).kinds).toEqual(['inserted 1']);
    const keyless = { primary_key: undefined };
    const there = await shopProject(keyless, rows(1), rows(1, 1));
    const { changes } = await diffOf(there);
    const lines = changes.map(({ change, key }: { change: string; key: Row }) => `${change} ${key['bronze_line']}`);
    expect(lines.sort()).toEqual(['inserted 1', 'inserted 2']);
  });

  it('makes both sides with the code of today: a new column is no change of every row', async () => {
    const here = await shopProject(WHOLE, [{ id: 1, total: 1, note: 'a' }], [{ id: 1, total: 1, note: 'b' }]);
    expect((await diffOf(here)).kinds).toEqual([]);
    const columns = { id: 'integer', total: 'numeric', note: 'text' };
    shop(here, { ...WHOLE, columns }, [
      { id: 1, total: 1, note: 'b' },
      { id: 2, total: 1, note: 'c' },
    ]);
    await here.run(['run', 'orders'], { now: at('09') });
    expect((await diffOf(here)).kinds).toEqual(['inserted 2']);
    expect((await diffOf(here, '--from', at('06'))).totals.columns).toEqual({ note: 1 });
  });

  it('asks no warehouse and no source', async () => {
    const here = await shopProject(WHOLE, rows(1), rows(2));
    rmSync(here.path('.tidemill/local/warehouse.duckdb'));
    expect((await diffOf(here)).kinds).toEqual(['updated 0']);
    expect(stateOf(here, 'orders').changes).toBeUndefined();
  });

  it('says of the first package that there is nothing to compare it with', async () => {
    const here = await shopProject(WHOLE, rows(1));
    const run = await here.run(['diff', 'orders']);
    expect([run.exit, run.stdout.split('\n')[0]]).toEqual([0, 'orders (example.orders): nothing has changed']);
    expect(run.stdout).toContain('no package comes before it');
  });

  it.each([
    ['that bronze cannot give', undefined, 'is gone'],
    [
      'of whose lines only some can be read',
      gzipSync('{"id":1,"total":"1"}\n{"id":2,"total":"7"}\n'),
      'what its manifest says',
    ],
  ])('leaves out a package %s, and says so', async (_, bytes, why) => {
    const here = await shopProject({}, rows(1), rows(undefined, 1), rows(3));
    const { from } = await diffOf(here);
    const [manifest] = manifestsOf(here, from.package);
    const part = here.path('.tidemill/local/bucket', manifest?.parts[0].key);
    if (bytes === undefined) rmSync(part);
    else writeFileSync(part, bytes);
    const { notes, kinds } = await diffOf(here, '--from', at('06'));
    expect(kinds).toEqual(['updated 0']);
    expect(notes).toEqual([expect.stringMatching(`^${from.package} is not whole, and was left out: .*${why}$`)]);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: tests look into documents of many shapes.
function manifestsOf(here: Project, name: string): any[] {
  const { head } = stateOf(here, 'orders');
  const all = [];
  for (let key = head; key !== undefined; ) {
    const manifest = JSON.parse(here.read(join('.tidemill/local/bucket', key)));
    if (manifest.package === name) all.push(manifest);
    key = manifest.previous;
  }
  return all;
}

describe('where values are shown', () => {
  it.each([
    ['a pipe', [], {}],
    ['JSON', ['--json'], {}],
    ['GitHub, whatever is asked', ['--json', '--show-values'], { GITHUB_ACTIONS: 'true' }],
    ['a summary at GitHub', ['--markdown', '--show-values'], { GITHUB_ACTIONS: 'true' }],
  ])('not in %s', async (_, args, env) => {
    const here = await shopProject(WHOLE, rows(1), rows(31415));
    const { stdout, stderr, exit } = await here.run(['diff', 'orders', ...args], { env });
    expect([exit, (stdout + stderr).includes('31415')]).toEqual([0, false]);
    expect(stdout).toContain('total');
  });

  it.each([
    ['where anybody may read the source', {}, true],
    ['not where it is asked elsewhere', { base_url: 'https://mirror.example' }, false],
  ])('at GitHub, %s', async (_, service, isShown) => {
    const here = await project({});
    const env = { GITHUB_ACTIONS: 'true' };
    const services = { edition: { package: '@example/public-edition', ...service } };
    const jobs = { things: { service: 'edition', data_type: 'things' } };
    here.write('ingestion-config.yaml', JSON.stringify({ services, jobs }));
    for (const value of [1, 31415]) {
      here.write('edition.json', JSON.stringify({ everything: true, records: [{ id: 'a', value }] }));
      const run = await here.run(['run', 'things'], { env, now: at(value === 1 ? '06' : '07') });
      expect(run.exit, run.stderr).toBe(0);
    }
    const { stdout } = await here.run(['diff', 'things', '--markdown', '--show-values'], { env });
    expect(stdout.includes('31415')).toBe(isShown);
    expect((await here.run(['diff', 'things', '--markdown'], { env })).stdout).not.toContain('31415');
  });

  it('which is said where they are not, with what shows them', async () => {
    const here = await shopProject(WHOLE, rows(1), rows(31415));
    const { from, to } = await diffOf(here);
    const hint = 'ach row, before and after';
    expect((await here.run(['diff', 'orders'])).stdout).toContain(`\ne${hint}: --show-values\n`);
    expect((await here.run(['diff', 'orders', '--show-values'])).stdout).not.toContain(hint);
    for (const [between, ...form] of [[' '], ['\n\n```sh\n', '--markdown', '--show-values']]) {
      const { stdout } = await here.run(['diff', 'orders', ...form], { env: { GITHUB_ACTIONS: 'true' } });
      const command = `npx tidemill diff orders --from ${from.package} --to ${to.package}`;
      expect(stdout).toContain(`${hint}, is shown on your own machine:${between}${command}\n`);
    }
    expect((await here.run(['diff', 'orders', '--from', at('12')])).stdout).not.toContain(hint);
  });

  it('on the terminal of a person, so many of them', async () => {
    const here = await shopProject(WHOLE, rows(1, 1), rows(31415, 27182));
    const { stdout } = await here.run(['diff', 'orders', '--limit', '1'], { person: {} });
    expect(stdout).toMatch(
      /^orders \(example\.orders\): 2 updated\nfrom .*\nto .*\ncolumns that were changed: total \(2\)\n\n/,
    );
    expect(stdout).toMatch(/\n~ id [01]: total 1 → (31415|27182)\nand 1 row more: --limit shows more of them\n$/);
  });

  it('as Markdown that stays a page whatever stands in a value', async () => {
    const here = await shopProject(
      { ...WHOLE, columns: { id: 'integer', note: 'text' } },
      [{ id: 1, note: 'a' }],
      [{ id: 1, note: '| # <img> \n x' }],
    );
    const { stdout } = await here.run(['diff', 'orders', '--markdown', '--show-values']);
    expect(stdout).toContain('### orders: 1 updated\n');
    expect(stdout.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(6);
    expect(stdout).not.toContain('<img>');
  });
});

describe('what cannot be compared', () => {
  it.each([
    [['--from', 'orders.nothing'], /orders has no package "orders\.nothing"[\s\S]*the newest are: orders\./],
    [['--to', '2020-01-01T00:00:00Z'], /orders has no package "2020-01-01T00:00:00Z", or none as old as that/],
    [['--from', at('08'), '--to', at('07')], /--from .* comes after --to/],
    [['--from', '2026-11-21'], /--from 2026-11-21 is not an instant/],
    [['--json', '--markdown'], /two forms of one answer/],
    [['--limit', 'some'], /--limit/],
  ])('%j', async (args, message) => {
    const here = await shopProject(WHOLE, rows(1), rows(2));
    const { exit, stderr } = await here.run(['diff', 'orders', ...args]);
    expect([exit, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('says so of a package that comes after the other one', async () => {
    const here = await shopProject(WHOLE, rows(1), rows(2));
    const { from, to } = await diffOf(here);
    const { exit, stderr } = await here.run(['diff', 'orders', '--from', to.package, '--to', from.package]);
    expect([exit, stderr]).toEqual([2, expect.stringContaining('Say the older one as --from.')]);
  });

  it('has nothing to say of a job that never ran, and does not know every name', async () => {
    const here = await shopProject(WHOLE, rows(1));
    rmSync(here.path('.tidemill'), { recursive: true });
    // Where it was looked for: whoever forgets the environment sees it.
    expect((await here.run(['diff', 'orders'])).stdout).toMatch(
      /^orders \(example\.orders\): nothing has changed\nit has no package in .*\.tidemill\/local\/bucket\n$/,
    );
    expect((await here.run(['diff', 'ordres'])).exit).toBe(2);
  });
});
