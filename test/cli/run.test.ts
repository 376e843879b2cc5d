import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { until } from './legs.ts';
import { configOf, project } from './project.ts';
import { query } from './silver.ts';

const PEOPLE = { columns: { id: 'bigint', name: 'text', born: 'date' }, primary_key: ['id'] };
const people = (...names: string[]) => names.map((name, id) => ({ id, name, born: '2000-02-29' }));

describe('tidemill run', () => {
  it('takes records from a command to bronze and silver, and finds nothing new the second time', async () => {
    const here = await project({
      'ingestion-config.yaml': configOf({ people: { ...PEOPLE, prints: people('a', 'b') } }),
    });
    const first = await here.run(['run', 'people', '--json']);
    expect(first.exit).toBe(0);
    expect(first.json().results).toMatchObject([
      { job: 'people', result: 'done', totals: { records: 2, inserted: 2 } },
    ]);
    expect(await query(here, 'SELECT id, name, bronze_line, source_url FROM example.people ORDER BY id')).toEqual([
      ['0', 'a', '1', 'command:people'],
      ['1', 'b', '2', 'command:people'],
    ]);
    const second = await here.run(['run', 'people', '--json']);
    expect(second.json().results[0].totals).toMatchObject({ inserted: 0, updated: 0, unchanged: 2 });
  });

  it('leads every row back to the bytes it came from', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ people: { ...PEOPLE, prints: people('a') } }) });
    await here.run(['run', 'people']);
    const [[path]] = (await query(here, 'SELECT bronze_object_path FROM example.people')) as [[string]];
    expect(path).toMatch(/^bronze\/example\/people\/dt=2026-11-21\/people\..*\/part-00001\.ndjson\.gz$/);
    const manifest = JSON.parse(here.read(`.tidemill/local/bucket/${path.replace(/part.*/, 'manifest.json')}`));
    expect(manifest).toMatchObject({ job: 'people', records: 1, environment: 'local' });
  });

  it('says why a job that was named by its id does not run, and fails', async () => {
    const jobs = {
      people: { ...PEOPLE, prints: people('a') },
      resting: PEOPLE,
      elsewhere: { ...PEOPLE, environment: 'prd' },
    };
    const environments = { local: {}, prd: { bucket: 'bucket', warehouse: 'prd.duckdb' } };
    const config = JSON.stringify({ ...JSON.parse(configOf(jobs)), environments });
    const here = await project({ 'ingestion-config.yaml': config });
    await here.run(['pause', 'resting', '--reason', 'x']);
    const paused = await here.run(['run', 'resting']);
    expect([paused.exit, paused.stdout, paused.stderr]).toEqual([
      2,
      'Nothing ran: none of the jobs may run now.\n',
      expect.stringContaining('resting: paused: x; force would run it'),
    ]);
    const both = await here.run(['run', 'people,elsewhere', '--json']);
    expect([both.exit, both.json().results, both.json().refused]).toEqual([
      2,
      [expect.objectContaining({ job: 'people', result: 'done' })],
      [expect.objectContaining({ job: 'elsewhere', decision: 'other_environment' })],
    ]);
    expect((await here.run(['run', '*st*,else*'])).exit).toBe(0);
    const claim = {
      slot: 'manual-x',
      run: 'x',
      attempt: 1,
      claimed_at: '2026-11-21T06:29:00.000Z',
      lease_until: '2026-11-21T06:35:00.000Z',
    };
    const file = '.tidemill/local/bucket/_tidemill/state/people.json';
    here.write(file, JSON.stringify({ ...JSON.parse(here.read(file)), claim }));
    const busy = await here.run(['run', 'people']);
    expect([busy.exit, busy.stderr]).toEqual([4, expect.stringContaining('people: run x is at it')]);
    expect((await here.run(['run', 'peop*'])).exit).toBe(0);
  });

  it('updates what changed and keeps the rest', async () => {
    const here = await project({
      'ingestion-config.yaml': configOf({ people: { ...PEOPLE, prints: people('a', 'b') } }),
    });
    await here.run(['run', 'people']);
    here.write('ingestion-config.yaml', configOf({ people: { ...PEOPLE, prints: people('a', 'changed', 'new') } }));
    const { results } = (await here.run(['run', 'people', '--json'])).json();
    expect(results[0].totals).toMatchObject({ inserted: 1, updated: 1, unchanged: 1, deleted: 0 });
  });

  it('keeps records whole without columns, and a replace run deletes what is gone', async () => {
    const whole = { prints: [{ any: ['thing'] }, 5] };
    const gone = { ...PEOPLE, write: 'replace', prints: people('a', 'b', 'c') };
    const here = await project({ 'ingestion-config.yaml': configOf({ whole, gone }) });
    expect((await here.run(['run', 'whole,gone'])).exit).toBe(0);
    expect(await query(here, 'SELECT record FROM example.whole ORDER BY bronze_line')).toEqual([
      ['{"any":["thing"]}'],
      ['5'],
    ]);
    here.write('ingestion-config.yaml', configOf({ gone: { ...gone, prints: people('a') } }));
    const { results } = (await here.run(['run', 'gone', '--json'])).json();
    expect(results[0].totals).toMatchObject({ unchanged: 1, deleted: 2 });
  });

  it('puts records that do not fit into quarantine, says why but never what', async () => {
    const prints = [...people(...'abcdefghijkl'), { id: 'secret diary', name: 'x', born: '2000-01-01' }];
    const here = await project({ 'ingestion-config.yaml': configOf({ people: { ...PEOPLE, prints } }) });
    const run = await here.run(['run', 'people']);
    expect(run.exit).toBe(0);
    expect(run.stdout).toContain('rejected');
    expect(run.stdout + run.stderr).not.toContain('diary');
    const { results } = (await here.run(['run', 'people', '--json'])).json();
    expect(results[0]).toMatchObject({
      totals: { records: 13, rejected: 1, rows: 12 },
      quarantine: [expect.any(String)],
    });
  });

  it('goes on with the other jobs when one fails, and exits with its code', async () => {
    const broken = { command: [process.execPath, '--eval', 'process.exitCode = 1'] };
    const here = await project({
      'ingestion-config.yaml': configOf({ broken, people: { ...PEOPLE, prints: people('a') } }),
    });
    const run = await here.run(['run', '*', '--json']);
    expect(run.exit).toBe(5);
    const words = run.json().results.map(({ job, result }: { job: string; result: string }) => [job, result]);
    expect(Object.fromEntries(words)).toEqual({ broken: 'failed', people: 'done' });
  });

  it('exits with 6 when a gate is not met, though the data is loaded', async () => {
    const gated = { ...PEOPLE, prints: people('a'), expect: { min_records: 2 } };
    const here = await project({ 'ingestion-config.yaml': configOf({ people: gated }) });
    const run = await here.run(['run', 'people', '--json']);
    expect(run.exit).toBe(6);
    expect(run.json().results[0]).toMatchObject({
      result: 'done',
      gates: ['1 records, expected at least 2'],
      totals: { inserted: 1 },
    });
  });

  it('stops in order when asked to: the slot is given back and no claim is left', async () => {
    const endless = { command: [process.execPath, '--eval', 'setInterval(() => console.log("{}"), 10)'] };
    const here = await project({ 'ingestion-config.yaml': configOf({ endless }) });
    const stop = new AbortController();
    const running = here.run(['run', 'endless', '--json'], { interrupted: stop.signal });
    const state = '.tidemill/local/bucket/_tidemill/state/endless.json';
    await until('it is claimed', () => existsSync(here.path(state)) && here.read(state).includes('"claim"'));
    stop.abort(new Error('stopped'));
    const run = await running;
    expect(run.exit).toBe(130);
    expect(run.json().results).toMatchObject([{ result: 'stopped' }]);
    expect(JSON.parse(here.read(state)).claim).toBeUndefined();
  });

  it('runs a slot of the schedule by name, once', async () => {
    const daily = { ...PEOPLE, cron: '0 6 * * *', prints: people('a') };
    const here = await project({ 'ingestion-config.yaml': configOf({ people: daily }) });
    await here.run(['plan', '--record'], { now: '2026-11-20T12:00:00Z' });
    const slot = 'people@2026-11-21T06:00:00.000Z';
    const run = await here.run(['run', slot, '--json']);
    expect(run.json().results[0]).toMatchObject({
      slot: '2026-11-21T06:00:00.000Z',
      interval: { start: '2026-11-20T06:00:00.000Z', end: '2026-11-21T06:00:00.000Z' },
      lateness_seconds: 1800,
      next: '2026-11-22T06:00:00.000Z',
    });
    const again = await here.run(['run', slot, '--json']);
    expect(again.exit).toBe(0);
    expect(again.json().results[0]).toMatchObject({ result: 'covered' });
  });

  it('prints one JSON document and nothing else with --json, also for a mistake', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ people: { ...PEOPLE, prints: people('a') } }) });
    const mistake = await here.run(['run', 'poeple', '--json']);
    expect(mistake.exit).toBe(2);
    expect(mistake.json().error).toMatchObject({ kind: 'config', code: 'unknown-job' });
    expect(mistake.stderr).toContain('people');
  });

  it('names what it was not told', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ people: PEOPLE }) });
    expect((await here.run(['run'])).stderr).toContain('Which jobs?');
    expect((await here.run(['run', 'people', '--environment', 'prod'])).stderr).toContain('no environment "prod"');
    expect((await here.run(['run', 'people', '--now', 'today'])).stderr).toContain('--now today is not an instant');
    expect((await here.run(['rnu'])).stderr).toContain('run');
    expect((await here.run(['run', '--gruop', 'x'])).stderr).toContain('--group');
    expect((await here.run([])).exit).toBe(2);
    expect((await here.run(['--help'])).exit).toBe(0);
    const elsewhere = await here.run(['run', 'people', '--config', 'nowhere.yaml']);
    expect([elsewhere.exit, elsewhere.stderr]).toEqual([2, expect.stringContaining('nowhere.yaml')]);
  });

  it('writes summary and annotations on Actions', async () => {
    const broken = { command: [process.execPath, '--eval', 'process.exitCode = 1'] };
    const here = await project({ 'ingestion-config.yaml': configOf({ broken }) });
    const { runner } = await here.run(['run', 'broken'], { env: { GITHUB_ACTIONS: 'true' } });
    expect(runner.summary).toContain('1 of 1 run failed or over a gate');
    const place = { file: 'ingestion-config.yaml', line: expect.any(Number), column: expect.any(Number) };
    const message = expect.stringContaining('ended with 1');
    expect(runner.annotations).toEqual([{ level: 'error', message, title: 'broken', ...place }]);
  });
});
