/** Slots whose rows could get lost or doubled between bronze and silver, when the warehouse is away for a while. */
import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDuckDb } from '../../orchestrator/warehouse/duckdb/driver.ts';
import { fakeClock } from '../fakes/clock.ts';
import { configOf, type Project, project } from './project.ts';

const at = (time: string): string => `2026-11-21T${time}:00Z`;

/** Every ten minutes; what a run reads is called by the begin of its interval. */
const SLOTS = {
  cron: '*/10 * * * *',
  catchup: 'all',
  retry_attempts: 0,
  max_attempts: 10,
  columns: { begin: 'text' },
  command: [process.execPath, '--eval', 'console.log(JSON.stringify({ begin: process.env.TIDEMILL_INTERVAL_START }))'],
};

const FILE = '.tidemill/local/warehouse.duckdb';

/** Something else lies where the warehouse was. */
function breakWarehouse(here: Project): void {
  rmSync(here.path(FILE), { force: true });
  writeFileSync(here.path(FILE), 'no database');
}

const mendWarehouse = (here: Project): void => rmSync(here.path(FILE));

async function beginsIn(here: Project): Promise<string[]> {
  const warehouse = await openDuckDb({ file: here.path(FILE), clock: fakeClock() });
  try {
    const { rows } = await warehouse.query('SELECT begin FROM example.app ORDER BY begin');
    return rows.map(([begin]) => String(begin).slice(11, 16));
  } finally {
    await warehouse.close();
  }
}

/** The slot 10:10 was read, and could not be loaded. */
async function withPending(fields: object = {}): Promise<Project> {
  const here = await project({ 'ingestion-config.yaml': configOf({ app: { ...SLOTS, ...fields } }) });
  await here.run(['tick'], { now: at('10:05') });
  breakWarehouse(here);
  expect((await here.run(['tick'], { now: at('10:11') })).exit).not.toBe(0);
  mendWarehouse(here);
  return here;
}

describe('a slot that was read and not loaded', () => {
  it('is loaded once, though a run by hand came between', async () => {
    const here = await withPending();
    expect((await here.run(['run', 'app'], { now: at('10:12') })).exit).toBe(0);
    const before = await beginsIn(here);
    expect((await here.run(['tick'], { now: at('10:13') })).exit).toBe(0);
    expect(await beginsIn(here)).toEqual(before);
    expect(before.filter((begin) => begin === '10:00')).toHaveLength(1);
  });

  it('is loaded, though a full refresh that fails came between', async () => {
    const keyed = { primary_key: ['begin'] };
    const here = await withPending(keyed);
    breakWarehouse(here);
    here.write('ingestion-config.yaml', configOf({ app: { ...SLOTS, ...keyed, command: ['false'] } }));
    expect((await here.run(['run', 'app', '--full-refresh'], { now: at('10:12') })).exit).not.toBe(0);
    mendWarehouse(here);
    here.write('ingestion-config.yaml', configOf({ app: { ...SLOTS, ...keyed } }));
    expect((await here.run(['tick'], { now: at('10:13') })).exit).toBe(0);
    expect(await beginsIn(here)).toEqual(['10:00']);
  });
});

describe('a full refresh of a table without a key', () => {
  it('is refused: it would double every row', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ app: SLOTS }) });
    await here.run(['run', 'app'], { now: at('10:05') });
    const before = await beginsIn(here);
    const { exit, stderr, stdout } = await here.run(['run', 'app', '--full-refresh', '--json'], { now: at('10:06') });
    expect([exit, stderr + stdout]).toEqual([2, expect.stringContaining('full-refresh-doubles')]);
    expect(await beginsIn(here)).toEqual(before);
  });
});

describe('a clock that jumped ahead and back', () => {
  it('does not make the job unusable: reset forgets what was settled ahead of its time', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ app: SLOTS }) });
    await here.run(['tick'], { now: at('10:05') });
    await here.run(['tick'], { now: '2026-11-23T10:11:00Z' });
    for (let run = 0; run < 3; run += 1) await here.run(['run', 'app'], { now: at('10:12') });
    const reset = await here.run(['reset', 'app', '--yes'], { now: at('10:13') });
    expect([reset.exit, reset.stdout]).toEqual([0, expect.stringContaining('had read up to 2026-11-21 11:40 UTC')]);
    const { results } = (await here.run(['tick', '--json'], { now: at('10:21') })).json();
    const interval = { start: '2026-11-21T10:13:00.000Z', end: '2026-11-21T10:20:00.000Z' };
    expect(results).toMatchObject([{ result: 'done', slot: interval.end, interval, totals: { records: 1 } }]);
  });
});

describe('a replace run with a record that does not fit', () => {
  it('keeps the row that may be the record’s, and says so', async () => {
    const table = {
      columns: { id: 'bigint', n: 'integer' },
      primary_key: ['id'],
      write: 'replace',
      max_reject_ratio: 0.9,
    };
    const rows = [1, 2].map((id) => ({ id, n: id }));
    const here = await project({ 'ingestion-config.yaml': configOf({ app: { ...table, prints: rows } }) });
    await here.run(['run', 'app']);
    const odd = [rows[0], { id: 2, n: 'many' }];
    here.write('ingestion-config.yaml', configOf({ app: { ...table, prints: odd } }));
    const { results } = (await here.run(['run', 'app', '--json'])).json();
    expect(results[0]).toMatchObject({ result: 'done', totals: { deleted: 0, rejected: 1 } });
    expect(results[0].notices).toEqual([expect.stringContaining('nothing was deleted')]);
  });
});
