/** `tidemill explain`: from a row of a table back to the very bytes that the source wrote. */
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { datedProject, stateOf, WAREHOUSE } from './dated.ts';
import { configOf, type Project, project } from './project.ts';

const LATER = { now: '2026-11-21T09:30:00Z' };
const COLUMNS = { id: 'integer', day: 'date', total: 'numeric' };

/** Printed as it stands, blanks and all. */
const LINES = ['{"id": 1, "day":"2026-11-20",  "total": 1.50}', '{"id":1,"day":"2026-11-21","total":2}'];
const printing = (lines: readonly string[], fields: object = {}): string => {
  const script = `process.stdout.write(${JSON.stringify(lines.map((line) => `${line}\n`).join(''))})`;
  const command = [process.execPath, '--eval', script];
  return configOf({ orders: { columns: COLUMNS, primary_key: ['id', 'day'], command, ...fields } });
};
async function shop(lines: readonly string[] = LINES, fields: object = {}): Promise<Project> {
  const here = await project({ 'ingestion-config.yaml': printing(lines, fields) });
  expect((await here.run(['run', 'orders'])).exit).toBe(0);
  return here;
}
const explain = async (here: Project, ...args: string[]) => (await here.run(['explain', ...args, '--json'])).json();

describe('a row that is there', () => {
  it('is shown with its checksum, the line it was made of as the source wrote it, and how that came', async () => {
    const here = await shop();
    const { exit, stdout } = await here.run(['explain', 'example.orders', '01', '2026-11-20']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^example\.orders, id 1, day 2026-11-20\n\nmain \(.*warehouse\.duckdb\)\n/);
    expect(stdout).toMatch(/^total +1\.5$/m);
    expect(stdout).toContain(`\n${LINES[0]}\n`);
    const found = await explain(here, 'example.orders', '1', '2026-11-20');
    const [row] = found.warehouses[0].rows;
    expect(row).toMatchObject({
      values: { id: '1', day: '2026-11-20', total: '1.5' },
      isSound: true,
      place: { line: 1 },
      ingestedAt: '2026-11-21T06:30:00.000Z',
      origin: { record: { text: LINES[0] }, manifest: { job: 'orders', connector: { package: 'command' } } },
    });
    expect(found.chains).toEqual([{ job: 'orders', mentions: [], looked: 0, stopped: 'found' }]);
  });

  it('is told with the packages that named it since, in each warehouse', async () => {
    const both = { warehouse: { main: WAREHOUSE, archive: 'archive.duckdb' } };
    const here = await datedProject({ register: {} }, {}, both);
    await here.run(['run', 'register']);
    await here.run(['run', 'register'], { now: '2026-11-21T06:30:00Z' });
    const id = String((Date.parse('2026-11-21T06:00:00Z') - Date.parse('2026-11-01T00:00:00Z')) / 3_600_000);
    const found = await explain(here, 'dated.register', id);
    expect(found.warehouses.map(({ name, rows }: { name: string; rows: unknown[] }) => [name, rows.length])).toEqual([
      ['main', 1],
      ['archive', 1],
    ]);
    const { head = '' } = stateOf(here, 'register');
    const newest = head.split('/').at(-2);
    expect(found.chains).toMatchObject([{ looked: 1, mentions: [{ package: newest, says: 'row' }], stopped: 'found' }]);
    const [row] = found.warehouses[0].rows;
    expect(row.origin.manifest).toMatchObject({ scope: 'everything', connector: { package: 'wasi' } });
    expect(row.origin.url).toBe('https://dated.example');
  });

  it('of which bronze has nothing any more is shown all the same', async () => {
    const here = await shop();
    const [row] = (await explain(here, 'example.orders', '1', '2026-11-20')).warehouses[0].rows;
    rmSync(here.path('.tidemill/local/bucket', row.place.object));
    const [again] = (await explain(here, 'example.orders', '1', '2026-11-20')).warehouses[0].rows;
    expect([again.values, again.origin.lacking]).toEqual([row.values, expect.stringContaining('is gone')]);
  });

  it('of a table without a key is found by its place', async () => {
    const here = await shop(LINES, { primary_key: [], write: 'append' });
    const refused = await explain(here, 'example.orders', '1');
    expect(refused.error).toMatchObject({ code: 'explain-key', hint: expect.stringContaining('--object') });
    const { head = '' } = stateOf(here, 'orders');
    const object = head.replace('manifest.json', 'part-00001.ndjson.gz');
    const found = await explain(here, 'example.orders', '--object', object, '--line', '2');
    expect(found.warehouses[0].rows).toMatchObject([
      { values: { total: '2' }, origin: { record: { text: LINES[1] } } },
    ]);
    expect((await explain(here, 'example.orders', '--object', object)).error.code).toBe('explain-place');
  });

  it('is found by a key as a shell cuts it from a line of CSV', async () => {
    const here = await shop();
    expect((await explain(here, 'example.orders', ' 1', '2026-11-20\r')).warehouses[0].rows).toHaveLength(1);
  });

  it('keeps its values from the log of GitHub', async () => {
    const here = await shop();
    const options = { env: { GITHUB_ACTIONS: 'true' } };
    const { exit, stdout } = await here.run(['explain', 'example.orders', '1', '2026-11-20'], options);
    expect([exit, stdout]).toEqual([0, expect.stringMatching(/made of line 1 of bronze\//)]);
    expect(stdout).not.toMatch(/1\.5|"total"|id 1/);
  });
});

describe('a row that is not there', () => {
  it('was named last by a package, and one of everything is without it', async () => {
    const here = await shop(LINES, { scope: 'everything', max_delete_ratio: 1 });
    here.write('ingestion-config.yaml', printing(LINES.slice(1), { scope: 'everything', max_delete_ratio: 1 }));
    await here.run(['run', 'orders'], LATER);
    const { stdout } = await here.run(['explain', 'example.orders', '1', '2026-11-20']);
    expect(stdout).toContain('It is not there.');
    expect(stdout).toMatch(
      /2026-11-21 09:30 UTC {2}says everything, without it {2}\S+\n.*06:30 UTC {2}names it {2}\S+, line 1 of/,
    );
  });

  it('is searched for in so many packages only, and that is said', async () => {
    const here = await datedProject({ log: { data_type: 'events' } });
    await here.run(['run', 'log']);
    const found = await explain(here, 'dated.events', '5', '--packages', '2');
    expect(found.chains).toEqual([{ job: 'log', mentions: [], looked: 2, stopped: 'most' }]);
    expect((await here.run(['explain', 'dated.events', '5', '--packages', '2'])).stdout).toContain(
      '--packages searches more',
    );
    expect((await explain(here, 'dated.events', '5')).chains).toMatchObject([{ looked: 3, stopped: 'first' }]);
  });
});

it.each([
  [['example.order', '1', 'x'], 'unknown-table', 'Did you mean "example.orders"?'],
  [['example.orders', '1'], 'explain-key', 'Say each of them: `npx tidemill explain example.orders ID DAY`.'],
  [['example.orders'], 'explain-key', 'Say each of them: `npx tidemill explain example.orders ID DAY`.'],
  [['example.orders', 'one', '2026-11-20'], 'explain-value', expect.stringContaining('Expected: integer')],
  [['example.orders', '1', '2026-11-20', '--packages', '0'], 'number-invalid', 'Write it as 12.'],
])('is refused for %j', async (args, code, hint) => {
  const here = await project({ 'ingestion-config.yaml': printing(LINES) });
  expect((await explain(here, ...args)).error).toMatchObject({ code, hint });
});
