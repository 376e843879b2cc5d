/** Records that do not fit keep nothing back, are shown, and come in once what makes the rows is mended. */
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { query, stateOf, stateText, WAREHOUSE } from './dated.ts';
import { configOf, type Project, project } from './project.ts';

const TABLE = { columns: { id: 'bigint', n: 'integer', said: 'text' }, primary_key: ['id'], retry_attempts: 0 };
/** Without the column that the odd records do not fit. */
const MENDED = { ...TABLE, columns: { id: 'bigint', said: 'text' } };
const DIARY = 'my diary, which is nobody else’s business whatsoever';

const at = (hour: number): { readonly now: string } => ({ now: `2026-11-21T${String(hour).padStart(2, '0')}:05:00Z` });
const write = (here: Project, job: object): void => here.write('ingestion-config.yaml', configOf({ app: { ...job } }));

const row = (id: number, said: string, n: unknown = id) => ({ id, n, said });
const odd = (id: number, said: string) => row(id, said, DIARY);

/** One run for each list of records, an hour apart. Answers the last one. */
async function runs(here: Project, job: object, ...prints: readonly (readonly object[])[]) {
  let last = await here.run(['validate']);
  for (const [index, records] of prints.entries()) {
    write(here, { ...job, prints: records });
    last = await here.run(['run', 'app', '--json'], at(index + 1));
  }
  return last;
}

const started = async (job: object = TABLE): Promise<Project> => {
  const here = await project({});
  write(here, job);
  return here;
};

const rowsIn = async (here: Project): Promise<string[]> =>
  (await query(here, 'SELECT id, said FROM example.app ORDER BY ALL')).map((values) => values.join(' '));
const provenance = (here: Project) =>
  query(
    here,
    'SELECT id, said, checksum_sha256, bronze_object_path, bronze_line, source_url FROM example.app ORDER BY ALL',
  );
const replayed = async (here: Project, hour = 12): Promise<[number, string[]]> => {
  const run = await here.run(['replay', 'app', '--quarantined', '--json'], at(hour));
  return [run.exit, run.json().results[0].notices];
};
const was = (before: number, now: string): string => `records in quarantine: ${before} before, ${now}`;
const ONE = '1 now (`npx tidemill quarantine app`)';

describe('a record that does not fit', () => {
  it('blocks nothing: a delta of one is said and green, and the next runs are as if it had not been', async () => {
    const here = await started();
    const run = await runs(here, TABLE, [row(1, 'a')], [odd(2, 'b')]);
    expect([run.exit, run.json().results]).toMatchObject([
      0,
      [
        {
          result: 'done',
          totals: { records: 1, rejected: 1 },
          rejects: ['n: expected integer, a whole number or its text (1×)'],
          gates: [],
        },
      ],
    ]);
    expect((await runs(here, TABLE, [row(3, 'c')])).exit).toBe(0);
    expect(await rowsIn(here)).toEqual(['1 a', '3 c']);
    expect(stateOf(here, 'app').targets).toEqual({ main: { pending: [] } });
  });

  it('makes the run red where there are too many: what fits is loaded, the slot is done, and the breaker hears nothing', async () => {
    const hourly = { ...TABLE, cron: '0 * * * *' };
    const here = await started(hourly);
    await here.run(['tick'], at(1));
    write(here, { ...hourly, prints: [row(1, 'a'), odd(2, 'b'), odd(3, 'c'), { n: 4 }] });
    const run = await here.run(['tick', '--json'], at(2));
    const gate =
      '3 of 4 records rejected, expected at most 10 %: n: expected integer, a whole number or its text (2×); id: expected bigint (1×); `npx tidemill quarantine app` shows them';
    expect([run.exit, run.json().results[0]]).toMatchObject([6, { result: 'done', gates: [gate] }]);
    expect(await rowsIn(here)).toEqual(['1 a']);
    const { recent, breaker, attempt } = stateOf(here, 'app');
    expect([recent.at(-1)?.outcome, breaker, attempt]).toEqual(['done', undefined, undefined]);
    expect((await here.run(['tick'], at(2))).stdout).toBe('Nothing is owed.\n');
    expect(run.stdout + stateText(here, 'app')).not.toContain('diary');
  });

  it('that is no JSON goes the same way', async () => {
    const script = `console.log('Hello, ${DIARY.slice(0, 8)}'); console.log('{"id":1,"n":1}')`;
    const here = await started({ ...TABLE, command: [process.execPath, '--eval', script] });
    const run = await here.run(['run', 'app', '--json']);
    expect([run.exit, run.json().results[0].rejects]).toEqual([
      0,
      [expect.stringMatching(/^not-json: expected one JSON value; it stops at character 1 /)],
    ]);
    expect((await here.run(['quarantine', 'app'])).stdout).toContain('Hello, my diary');
    expect(await rowsIn(here)).toEqual(['1 ']);
  });
});

describe('tidemill quarantine', () => {
  it('says so when nothing lies there', async () => {
    const here = await started();
    expect((await here.run(['quarantine', 'app'])).stdout).toBe('Nothing of app lies in quarantine in local.\n');
    await runs(here, TABLE, [row(1, 'a')]);
    expect((await here.run(['quarantine', 'app', '--json'])).json()).toMatchObject({ records: 0, groups: [] });
  });

  it('shows each field with what was expected, how many, and one of them with its values shortened', async () => {
    const here = await started();
    await runs(here, TABLE, [odd(1, 'a'), odd(2, 'b')], [{ n: 3 }, odd(4, 'd')]);
    const shown = (await here.run(['quarantine', 'app', '--json'])).json();
    const found = JSON.stringify(`${DIARY.slice(0, 39)}…`);
    expect(shown).toMatchObject({ job: 'app', environment: 'local', records: 4, packages: 2 });
    expect(shown.groups).toMatchObject([
      {
        ...{ field: 'n', expected: 'integer, a whole number or its text', code: 'row-schema', records: 3 },
        example: { found, record: `{"id":4,"n":${found},"said":"d"}`, bronze_line: 2 },
      },
      { field: 'id', expected: 'bigint', records: 1, example: { record: '{"n":3}' } },
    ]);
    const { stdout } = await here.run(['quarantine', 'app']);
    expect(stdout).toMatch(/^4 records of app in quarantine in local, of 2 packages:\n\nfield {2}records/);
    expect(stdout).toMatch(/n +3 +"my diary, which is n\w*… +integer, a whole number or its text/);
    expect(stdout).toContain('tidemill replay app --quarantined');
  });

  it('has a table that fits a terminal, whatever was expected', async () => {
    const columns = { id: 'bigint', ['a'.repeat(40)]: 'timestamptz' };
    const here = await started();
    await runs(here, { ...TABLE, columns }, [{ id: 1, ['a'.repeat(40)]: '2026-01-31 06:00' }]);
    const [, table = ''] = (await here.run(['quarantine', 'app'])).stdout.split('\n\n');
    expect(table).toContain('declare the');
    expect(Math.max(...table.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('shows what was found in the field that the column takes', async () => {
    const columns = { id: 'bigint', n: { type: 'integer', from: ['counts', '0', 'n.all'] } };
    const here = await started();
    await runs(here, { ...TABLE, columns }, [{ id: 1, counts: [{ 'n.all': 'many' }] }]);
    const { groups } = (await here.run(['quarantine', 'app', '--json'])).json();
    expect(groups).toMatchObject([{ field: 'n', example: { found: '"many"' } }]);
  });

  it('leaves out what a newer listing of everything took the place of', async () => {
    const everything = { ...TABLE, scope: 'everything' };
    const here = await started(everything);
    await runs(here, everything, [odd(1, 'a'), row(2, 'b')], [row(2, 'b'), odd(3, 'c')]);
    expect((await here.run(['quarantine', 'app', '--json'])).json()).toMatchObject({ records: 1, packages: 1 });
    await runs(here, everything, [row(2, 'b')]);
    expect((await here.run(['quarantine', 'app', '--json'])).json()).toMatchObject({ records: 0 });
  });
});

describe('tidemill replay --quarantined', () => {
  it('says how many remain when nothing fits yet, and changes nothing', async () => {
    const here = await started();
    await runs(here, TABLE, [row(1, 'a'), odd(2, 'b')]);
    const before = await provenance(here);
    expect(await replayed(here)).toEqual([0, [was(1, ONE)]]);
    expect(await provenance(here)).toEqual(before);
  });

  it.each([
    ['upsert', { primary_key: ['id'] }],
    ['append with a key', { primary_key: ['id'], write: 'append' }],
    ['append without one', { primary_key: [] }],
  ])('loads what fits by now, once, as a replay of all would: %s', async (_, way) => {
    const here = await started({ ...TABLE, ...way });
    await runs(
      here,
      { ...TABLE, ...way },
      [row(1, 'a'), odd(2, 'b')],
      [{ id: 3, said: 'c' }],
      [odd(4, 'd'), { id: 'five' }],
    );
    write(here, { ...MENDED, ...way });
    expect(await replayed(here)).toEqual([expect.any(Number), [was(3, ONE)]]);
    expect(await rowsIn(here)).toEqual(['1 a', '2 b', '3 c', '4 d']);
    expect((await here.run(['quarantine', 'app', '--json'])).json()).toMatchObject({ records: 1, packages: 1 });
    const once = await provenance(here);
    expect(await replayed(here, 13)).toEqual([0, [was(1, ONE)]]);
    expect(await provenance(here)).toEqual(once);
    rmSync(here.path(WAREHOUSE));
    await here.run(['replay', 'app'], at(14));
    expect(await provenance(here)).toEqual(once);
  });

  it('lets a newer row of the same key win', async () => {
    const here = await started();
    await runs(here, TABLE, [odd(1, 'old'), row(2, 'b')], [row(1, 'new')], [odd(2, 'newest')]);
    write(here, MENDED);
    expect(await replayed(here)).toEqual([0, [was(2, 'none now')]]);
    expect(await rowsIn(here)).toEqual(['1 new', '2 newest']);
  });

  it('brings nothing back that a newer listing of everything does not name', async () => {
    const everything = { ...TABLE, scope: 'everything' };
    const here = await started(everything);
    await runs(here, everything, [odd(1, 'gone'), row(2, 'b')], [row(2, 'b')]);
    write(here, { ...MENDED, scope: 'everything' });
    expect(await replayed(here)).toEqual([0, ['nothing lies in quarantine']]);
    expect(await rowsIn(here)).toEqual(['2 b']);
  });

  it('and --from are not said together', async () => {
    const here = await started();
    const both = await here.run(['replay', 'app', '--quarantined', '--from', '2026-11-01T00:00:00Z', '--json']);
    expect([both.exit, both.json().error.code]).toEqual([2, 'replay-both']);
  });
});

describe('a listing of everything with a record that does not fit', () => {
  it('is no beginning for a replay: what it did not delete is loaded again', async () => {
    const everything = { ...TABLE, scope: 'everything' };
    const here = await started(everything);
    await runs(here, everything, [row(1, 'a'), row(2, 'b'), row(3, 'c')], [row(1, 'a'), odd(2, 'new')]);
    expect(await rowsIn(here)).toEqual(['1 a', '2 b', '3 c']);
    rmSync(here.path(WAREHOUSE));
    expect((await here.run(['replay', 'app'], at(12))).exit).toBe(0);
    expect(await rowsIn(here)).toEqual(['1 a', '2 b', '3 c']);
    write(here, { ...MENDED, scope: 'everything' });
    expect((await replayed(here, 13))[0]).toBe(0);
    expect(await rowsIn(here)).toEqual(['1 a', '2 new']);
  });
});
