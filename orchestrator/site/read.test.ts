import { describe, expect, it } from 'vitest';
import { MemoryBucket } from '../../test/fakes/memory-bucket.ts';
import { keys } from '../storage/keys.ts';
import { writeJson } from '../storage/text.ts';
import { readHistory } from './read.ts';

const NOW = new Date('2026-11-21T15:20:00.000Z');
const HOUR_MS = 3_600_000;

const runId = (at: Date): string => `${at.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-1-1`;

const result = (at: Date, fields: object = {}) => ({
  job: 'a',
  service: 's',
  slot: at.toISOString(),
  result: 'done',
  started_at: at.toISOString(),
  seconds: 2,
  totals: { records: 5 },
  gates: [],
  ...fields,
});

/** Counts what is read. */
class WatchedBucket extends MemoryBucket {
  reads = 0;
  listed = 0;

  constructor() {
    super(() => undefined);
  }

  override read(...read: Parameters<MemoryBucket['read']>) {
    this.reads += 1;
    return super.read(...read);
  }

  override async *list(prefix: string) {
    for await (const object of super.list(prefix)) {
      this.listed += 1;
      yield object;
    }
  }
}

/** One run an hour, each with a plan and a result. */
async function hourly(hours: number): Promise<WatchedBucket> {
  const bucket = new WatchedBucket();
  for (let hour = 0; hour < hours; hour += 1) {
    const at = new Date(NOW.getTime() - hour * HOUR_MS);
    const planned = { now: at.toISOString(), runs: [{ job: 'a', slot: at.toISOString() }], records: [] };
    await writeJson(bucket, keys.runRecord(runId(at), 'plan'), planned);
    await writeJson(bucket, keys.runRecord(runId(at), 'a.0.x'), result(at));
  }
  return bucket;
}

describe('reading the history', () => {
  it('touches the days that are asked for, however old the bucket is', async () => {
    const bucket = await hourly(40 * 24);
    const history = await readHistory(bucket, { now: NOW, days: 2 });
    const inTwoDays = 24 + 16;
    expect(history.runs).toHaveLength(inTwoDays);
    // Besides, one object says when somebody last planned.
    expect(bucket).toMatchObject({ reads: 2 * inTwoDays + 1, listed: 2 * inTwoDays });
    expect(history).toMatchObject({
      from: new Date('2026-11-20T00:00:00Z'),
      lastPlan: NOW,
      daysLeftOut: 0,
      unreadable: 0,
    });
  });

  it('leaves whole days out, oldest first, when there are too many records', async () => {
    const bucket = await hourly(5 * 24);
    const history = await readHistory(bucket, { now: NOW, days: 5, mostRecords: 100 });
    expect(history).toMatchObject({ from: new Date('2026-11-20T00:00:00Z'), daysLeftOut: 3 });
    expect(bucket.reads).toBeLessThanOrEqual(101);
    const crowded = await readHistory(bucket, { now: NOW, days: 5, mostRecords: 10 });
    expect(crowded.runs.at(-1)?.slot).toBe(NOW.toISOString());
    expect(crowded).toMatchObject({ from: new Date('2026-11-21T00:00:00Z'), daysLeftOut: 4 });
  });

  it('counts records that cannot be read, and shows the others', async () => {
    const bucket = await hourly(3);
    const garbage = ['{', 'null', '[]', '{"job":"a"}', JSON.stringify(result(NOW, { result: 'party' }))];
    // Years of which a browser's clock knows nothing.
    for (const at of ['+012000-01-01T00:00:00Z', '0001-01-01'])
      garbage.push(JSON.stringify(result(NOW, { started_at: at })));
    for (const [index, text] of garbage.entries()) {
      const key = keys.runRecord(runId(NOW), `garbage.${index}`);
      await bucket.write(key, Buffer.from(text), { contentType: 'application/json' });
    }
    await writeJson(bucket, keys.runRecord(runId(new Date(NOW.getTime() - 1000)), 'plan'), { now: 'never' });
    const history = await readHistory(bucket, { now: NOW, days: 1 });
    expect(history).toMatchObject({ unreadable: garbage.length + 1 });
    expect(history.runs).toHaveLength(3);
  });

  it('takes of messages nothing that is not for the public: addresses of people, and what a program said', async () => {
    const bucket = new WatchedBucket();
    const message = 'mine: refused for somebody@example.org; the last it said: no row for Ada';
    const failure = { kind: 'auth', code: 'token-refused', message, who: 'you', exit: 3 };
    const log_url = 'https://github.com/me/data/actions/runs/7/job/99';
    const said = { result: 'failed', failure, log_url, trace: { log: ['Ada'], said: ['Ada'] }, notices: ['Ada'] };
    await writeJson(bucket, keys.runRecord(runId(NOW), 'a.0.x'), result(NOW, said));
    const gate = { gates: ['less than ada@example.org expects'], log_url: 'https://evil.example/?q=ada' };
    await writeJson(bucket, keys.runRecord(runId(NOW), 'a.1.x'), result(NOW, gate));
    const { runs } = await readHistory(bucket, { now: NOW, days: 1 });
    expect(runs).toMatchObject([
      { failure: { code: 'token-refused', who: 'you', message: 'mine: refused for ***' }, logUrl: log_url },
      { ending: 'gate', gate: 'less than *** expects' },
    ]);
    expect(JSON.stringify(runs)).not.toMatch(/somebody|ada|evil/i);
  });

  it('knows from the newest plan of all jobs why one does not run, and from a tick when that was', async () => {
    const bucket = new WatchedBucket();
    const plan = async (minutes: number, decisions: object[]): Promise<void> => {
      const at = new Date(NOW.getTime() - minutes * 60_000);
      const planned = { now: at.toISOString(), runs: [], records: [], decisions };
      await writeJson(bucket, keys.runRecord(runId(at), 'plan'), planned);
    };
    const missing = { job: 'a', decision: 'missing_credentials', reason: 'missing credentials: TOKEN' };
    await plan(90, [{ ...missing, job: 'older' }]);
    await plan(60, [missing, { job: 'b', decision: 'not_due', reason: 'nothing is owed' }]);
    await plan(30, [{ ...missing, decision: 'not_selected' }]);
    const now = '2026-11-21T15:15:00.000Z';
    await writeJson(bucket, keys.lastPlan, { now });
    const history = await readHistory(bucket, { now: NOW, days: 1 });
    expect(history.held).toMatchObject([{ job: 'a', reason: 'missing credentials: TOKEN' }]);
    expect(history.lastPlan).toEqual(new Date(now));
  });

  it('finds runs that were planned and never reported, once they cannot be under way any more', async () => {
    const bucket = new WatchedBucket();
    for (const [hours, reported] of [
      [20, false],
      [19, true],
      [11, false],
    ] as const) {
      const at = new Date(NOW.getTime() - hours * HOUR_MS);
      const slot = { job: 'a', slot: at.toISOString() };
      await writeJson(bucket, keys.runRecord(runId(at), 'plan'), { now: at.toISOString(), runs: [slot], records: [] });
      const covered = result(at, { result: 'covered' });
      if (reported) await writeJson(bucket, keys.runRecord(runId(at), 'a.0.x'), covered);
    }
    const { runs } = await readHistory(bucket, { now: NOW, days: 2 });
    expect(runs).toMatchObject([{ ending: 'lost', slot: '2026-11-20T19:20:00.000Z' }]);
  });

  it('does not take a slot for lost that waited for an older one of its job', async () => {
    const bucket = new WatchedBucket();
    const at = new Date(NOW.getTime() - 20 * HOUR_MS);
    const slots = [at, NOW].map((slot) => ({ job: 'a', slot: slot.toISOString() }));
    await writeJson(bucket, keys.runRecord(runId(at), 'plan'), { now: at.toISOString(), runs: slots, records: [] });
    await writeJson(bucket, keys.runRecord(runId(at), 'a.0.x'), result(at, { result: 'failed' }));
    const { runs } = await readHistory(bucket, { now: NOW, days: 2 });
    expect(runs.map(({ ending }) => ending)).toEqual(['failed']);
  });

  it('takes slots without a run from the plans', async () => {
    const bucket = new WatchedBucket();
    const settled = { slot: '2026-11-21T05:00:00.000Z', at: NOW.toISOString() };
    const settlements = [
      { ...settled, outcome: 'missed', count: 4 },
      { ...settled, outcome: 'superseded', run: 'told by the run' },
    ];
    const records = [
      { kind: 'register', job: 'a' },
      { kind: 'settle', job: 'a', settlements },
    ];
    await writeJson(bucket, keys.runRecord(runId(NOW), 'plan'), { now: NOW.toISOString(), runs: [], records });
    const { ended } = await readHistory(bucket, { now: NOW, days: 1 });
    expect(ended).toEqual([{ job: 'a', slot: settled.slot, outcome: 'missed', at: NOW.getTime(), slots: 4 }]);
  });
});
