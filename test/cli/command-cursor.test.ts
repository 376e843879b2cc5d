import { expect, it } from 'vitest';
import { query } from './dated.ts';
import { configOf, project } from './project.ts';

const state = '.tidemill/local/bucket/_tidemill/state/pages.json';

/** Prints the page that its cursor names, and leaves the next one. */
const PAGES = `n=$(cat "$TIDEMILL_CURSOR_FILE"); n=\${n:-1}; echo "{\\"page\\": $n, \\"full\\": \\"$TIDEMILL_FULL_REFRESH\\"}"
echo "reading page $n" >&2; echo $((n + 1)) > "$TIDEMILL_CURSOR_FILE"; test ! -e broken`;

const COLUMNS = { page: 'integer', full: 'text' };

it('the cursor of the last committed run is handed over, a new one taken back, and it is moved and forgotten as any other', async () => {
  const config = configOf({ pages: { command: PAGES, columns: COLUMNS, primary_key: ['page'] } });
  const here = await project({ 'ingestion-config.yaml': config });
  const cursor = (): unknown => JSON.parse(here.read(state)).cursor?.value;
  const run = async (...args: string[]) => (await here.run(['run', 'pages', '--json', ...args])).json().results[0];
  expect([(await run()).totals.inserted, cursor()]).toEqual([1, '2']);
  expect([(await run()).totals.inserted, cursor()]).toEqual([1, '3']);
  here.write('broken', '');
  expect([(await run()).failure.code, cursor()]).toEqual(['command-failed', '3']);
  expect((await here.run(['rewind', 'pages', '--to', '"2"', '--reason', 'again'])).exit).toBe(0);
  here.write('ingestion-config.yaml', config.replace('test ! -e broken', 'true'));
  expect([(await run()).totals, cursor()]).toMatchObject([{ records: 1, unchanged: 1 }, '3']);
  expect([(await run('--full-refresh')).totals, cursor()]).toMatchObject([{ records: 1, updated: 1 }, '2']);
});

it('a command that was read to its end is not run again because its package could not be loaded', async () => {
  const hourly = { command: PAGES, cron: '0 * * * *', columns: COLUMNS };
  const here = await project({ 'ingestion-config.yaml': configOf({ pages: hourly }) });
  await here.run(['tick']);
  here.write('.tidemill/local/warehouse.duckdb', 'no database');
  expect((await here.run(['tick'], { now: '2026-11-21T07:01:00Z' })).exit).not.toBe(0);
  const { cursor, extracted, targets } = JSON.parse(here.read(state));
  expect([cursor.value, extracted, targets.main.pending.length]).toEqual(['2', ['2026-11-21T07:00:00.000Z'], 1]);
});

it.each([
  [{}, 2, [['2']]],
  [{ primary_key: ['page'] }, 0, [['2']]],
])(
  'a backfill hands over no cursor: what then comes again is refused where no key tells (%j)',
  async (key, exit, rows) => {
    const command =
      'test -s "$TIDEMILL_CURSOR_FILE" || printf "%s\\n" \'{"page":1}\' \'{"page":2}\'; echo 2 > "$TIDEMILL_CURSOR_FILE"';
    const here = await project({
      'ingestion-config.yaml': configOf({ pages: { command, columns: { page: 'integer' }, ...key } }),
    });
    await here.run(['run', 'pages']);
    const past = ['--from', '2026-11-03T00:00:00Z', '--to', '2026-11-05T00:00:00Z'];
    const run = await here.run(['backfill', 'pages', ...past]);
    expect([run.exit, await query(here, 'SELECT count(*) FROM example.pages')]).toEqual([exit, rows]);
    if (exit > 0) expect(run.stdout + run.stderr).toContain('goes on by its cursor');
  },
);

it('what a command says is shown as it comes, with the job before it, and without its secrets', async () => {
  const command = 'echo "::error::token is $MY_TOKEN" >&2; echo "{}"';
  const talker = { command, dependencies: ['MY_TOKEN'] };
  const here = await project({ 'ingestion-config.yaml': configOf({ talker }) });
  const env = { MY_TOKEN: 's3cret/+value' };
  const { exit, stdout } = await here.run(['run', 'talker'], { env });
  expect([exit, stdout]).toEqual([0, expect.stringMatching(/^talker {2}\| ::error::token is \*+$/m)]);
  const json = await here.run(['run', 'talker', '--json'], { env });
  expect(json.stderr).toMatch(/^talker {2}\| ::error::token is/m);
  expect(json.json().results).toHaveLength(1);
});
