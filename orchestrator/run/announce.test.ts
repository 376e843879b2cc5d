import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { jobOf } from '../../test/fixtures/job.ts';
import { bodyFaults } from '../../test/fixtures/published.ts';
import type { Job } from '../config/job.ts';
import { published } from '../events/published/envelope.ts';
import type { EventKind } from '../events/published/kind-names.ts';
import type { Said } from '../events/published/kinds.ts';
import type { JobResult } from '../result/result.ts';
import { claimSlot } from '../state/claiming.ts';
import { readState } from '../state/store.ts';
import type { Bucket } from '../storage/contract.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import { openDuckDb } from '../warehouse/duckdb/driver.ts';
import type { World } from './order.ts';
import { runJob } from './pipeline.ts';

const SECRET = 'open sesame';
const EVERYTHING = () => true;

let bucket: Bucket;
let folder: string;
let runs: number;
const clock = handClock('2026-11-21T06:17:00Z');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemill-announce-'));
  bucket = openLocalBucket(join(folder, 'bucket'));
  runs = 0;
});

const prints = (...records: object[]): string[] => [
  process.execPath,
  '--eval',
  `console.log(${JSON.stringify(records.map((record) => JSON.stringify(record)).join('\n'))})`,
];

interface Told extends Partial<World> {
  readonly wants?: (kind: EventKind) => boolean;
  readonly sinks?: readonly string[];
}

/** Runs the job by hand, told to one sink unless it says otherwise. */
function run(
  job: Partial<Job>,
  { wants = EVERYTHING, sinks = ['ear'], ...world }: Told = {},
  mode: 'incremental' | 'replay' = 'incremental',
): Promise<JobResult> {
  runs += 1;
  const interval = { start: new Date('2026-11-20T06:00:00Z'), end: new Date('2026-11-21T06:00:00Z') };
  const whole = jobOf({ id: 'orders', service: 'shop', data_type: 'orders', working_directory: folder, ...job });
  const service = { name: 'shop', package: '@tidemill/shop', base_url: undefined, auth_url: undefined, serial: false };
  return runJob(
    { job: whole, service, slot: `manual-${runs}`, interval, mode, secrets: [SECRET] },
    {
      environment: 'dev',
      bucket,
      warehouses: new Map([['main', async () => openDuckDb({ file: join(folder, 'warehouse.duckdb'), clock })]]),
      ...{ clock, random: () => 0.5, env: {}, cwd: folder, runId: `run-${runs}`, commit: 'c0ffee' },
      signal: new AbortController().signal,
      keepTokens: () => () => Promise.reject(new Error('no tokens here')),
      onEvent: () => undefined,
      audienceOf: () => ({ sinks, wants }),
      ...world,
    },
  );
}

/** Everything that waits to be sent; each is what its schema says. */
async function told() {
  const { outbox } = (await readState(bucket, 'orders')).state;
  const events = (outbox?.entries ?? []).map((entry) => published('dev', entry));
  expect(events.flatMap(({ data }) => bodyFaults(data))).toEqual([]);
  expect(new Set(events.map(({ id }) => id)).size, 'each id once').toBe(events.length);
  return events.map(({ data }) => data);
}

const kindsOf = (bodies: readonly { readonly event_type: string }[]): string[] =>
  bodies.map(({ event_type }) => event_type);

const COLUMNS = [{ name: 'id', type: 'bigint', path: ['id'] }] as const;

describe('a run that ends well', () => {
  it('says what it read, what it committed, and what became of the rows', async () => {
    expect(await run({ command: prints({ id: 1 }, { id: 2 }) })).toMatchObject({ result: 'done' });
    const bodies = await told();
    expect(kindsOf(bodies)).toEqual(['run-started', 'package-committed', 'run-completed']);
    const who = { environment: 'dev', job: 'orders', service: 'shop', data_type: 'orders', run: 'run-1', attempt: 1 };
    for (const { data, source } of bodies)
      expect({ ...data, source }).toMatchObject({ ...who, source: 'tidemill/dev' });
    expect(bodies[1]?.data).toMatchObject({ package: expect.stringContaining('orders.'), records: 2 });
    expect(bodies[2]?.data).toMatchObject({
      ...{ mode: 'incremental', commit: 'c0ffee', connector: 'command', records: 2, rejected: 0, packages: 1 },
      inputs: [{ namespace: 'command', name: 'shop.orders' }],
      outputs: [
        {
          ...{ warehouse: 'main', schema: 'shop', table: 'orders', columns: [{ name: 'record', type: 'jsonb' }] },
          dataset: { namespace: `duckdb://${join(folder, 'warehouse.duckdb')}`, name: 'warehouse.shop.orders' },
          rows: { inserted: 2, updated: 0, unchanged: 0, deleted: 0 },
        },
      ],
      gates: [
        { gate: 'max_reject_ratio', is_met: true },
        { gate: 'left_out', is_met: true },
        { gate: 'max_delete_ratio', is_met: true },
      ],
    });
  });

  it('keeps nothing where nobody is told, and no kind that nobody wants', async () => {
    const job = { command: prints({ id: 1 }) };
    await run(job, { sinks: [] });
    expect((await readState(bucket, 'orders')).state).not.toHaveProperty('outbox');
    await run(job, { wants: (kind) => kind === 'run-completed' });
    expect(kindsOf(await told())).toEqual(['run-completed']);
  });

  it('says what the job is for, and which field each column is where the configuration says so', async () => {
    const columns = [...COLUMNS, { name: 'city', type: 'text', path: ['address', 'city'] }] as const;
    await run({ command: prints({ id: 1, address: { city: 'Bern' } }), columns, description: `Orders (${SECRET})` });
    const [started, , completed] = await told();
    expect(started?.data).toMatchObject({ description: 'Orders (***)' });
    const saidOfColumns = (completed?.data as Said<'run-completed'> | undefined)?.outputs[0]?.columns;
    expect(saidOfColumns).toEqual([
      { name: 'id', type: 'bigint', from: 'id' },
      { name: 'city', type: 'text', from: 'address.city' },
    ]);
  });

  it('says which gate it does not meet', async () => {
    const job = { command: prints({ id: 1 }), expect: { min_records: 5 } };
    expect(await run(job)).toMatchObject({ gates: [expect.any(String)] });
    const bodies = await told();
    expect(kindsOf(bodies)).toEqual(['run-started', 'package-committed', 'run-completed', 'gate-failed']);
    const unmet = { gate: 'min_records', is_met: false, says: '1 records, expected at least 5' };
    expect(bodies[3]?.data).toMatchObject({ gates: [unmet] });
    expect(bodies[2]?.data['gates']).toContainEqual(unmet);
  });

  it('says when the source has other fields', async () => {
    const many = (field: string): string[] => [
      process.execPath,
      '--eval',
      `for (let id = 0; id < 150; id += 1) console.log(JSON.stringify({ id, ${field}: 'v' }))`,
    ];
    const table = { primary_key: ['id'], write: 'upsert', columns: COLUMNS } as const;
    await run({ ...table, command: many('colour') });
    await run({ ...table, command: many('size') });
    const [drift] = (await told()).filter(({ event_type }) => event_type === 'schema-drift');
    expect(drift?.data).toMatchObject({ run: 'run-2', added: ['size'], missing: ['colour'] });
    expect(JSON.stringify(drift)).not.toContain('"v"');
  });

  it('says what has changed in the table, where the job tells changes', async () => {
    const job = { changes: true, primary_key: ['id'], write: 'upsert', columns: COLUMNS } as const;
    await run({ ...job, command: prints({ id: 1 }) });
    await run({ ...job, command: prints({ id: 1 }, { id: 2 }) });
    const changed = (await told()).filter(({ event_type }) => event_type === 'data-changed');
    expect(changed).toMatchObject([{ data: { run: 'run-2', inserted: 1, updated: 0, deleted: 0 } }]);
    const keys = await Array.fromAsync(bucket.list('changes/'), ({ key }) => key);
    expect(keys).toEqual([changed[0]?.data['object']]);
  });
});

describe('a run that does not end well', () => {
  it('says why, without secrets', async () => {
    const script = `console.log(JSON.stringify({ id: 1 })); console.error('no: ${SECRET}'); process.exit(3)`;
    expect(await run({ command: [process.execPath, '--eval', script] })).toMatchObject({ result: 'failed' });
    const bodies = await told();
    expect(kindsOf(bodies).at(-1)).toBe('run-failed');
    expect(bodies.at(-1)?.data).toMatchObject({
      outcome: 'failed',
      is_settled: true,
      failure: { code: expect.any(String) },
    });
    expect(JSON.stringify(bodies)).not.toContain(SECRET);
  });

  it('says that somebody stopped it', async () => {
    const stop = new AbortController();
    const running = run(
      { command: [process.execPath, '--eval', 'setInterval(() => undefined, 1000)'] },
      { signal: stop.signal, onEvent: ({ type }) => type === 'claimed' && stop.abort() },
    );
    expect(await running).toMatchObject({ result: 'stopped' });
    const bodies = await told();
    expect(kindsOf(bodies)).toEqual(['run-started', 'run-failed']);
    expect(bodies[1]?.data).toMatchObject({ outcome: 'stopped', is_settled: false });
    expect(bodies[1]?.data).not.toHaveProperty('failure');
  });

  it('is told of by the next one where it has died', async () => {
    const past = handClock('2026-11-20T06:00:00Z');
    const options = { bucket, job: 'orders', slot: 'manual-0', targets: ['main'], run: 'dead', clock: past };
    await claimSlot({ ...options, about: { inEnvironment: '', replayed: [] }, sinks: ['ear'] });
    await run({ command: prints({ id: 1 }) });
    const bodies = await told();
    expect(kindsOf(bodies).slice(0, 2)).toEqual(['run-failed', 'run-started']);
    expect(bodies[0]?.data).toMatchObject({ run: 'dead', slot: 'manual-0', outcome: 'died' });
  });

  it('says nothing where another one has the claim', async () => {
    const options = { bucket, job: 'orders', slot: 'manual-0', targets: ['main'], run: 'alive', clock };
    await claimSlot({ ...options, about: { inEnvironment: '', replayed: [] }, sinks: ['ear'] });
    expect(await run({ command: prints({ id: 1 }) })).toMatchObject({ result: 'covered' });
    expect(await told()).toEqual([]);
  });
});
