/** The state protocol: 10,000 job states to plan over in a remote bucket, and what one mark costs. */
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimSlot, type Ledger } from '../orchestrator/state/ledger.ts';
import { emptyState } from '../orchestrator/state/transitions.ts';
import type { Bucket } from '../orchestrator/storage/contract.ts';
import { openGcsBucket } from '../orchestrator/storage/gcs/driver.ts';
import { keys } from '../orchestrator/storage/keys.ts';
import { openLocalBucket } from '../orchestrator/storage/local/driver.ts';
import { sideBySide } from '../orchestrator/storage/side-by-side.ts';
import { writeJson } from '../orchestrator/storage/text.ts';
import { withEmulator } from './emulated.ts';
import { CLI, mb, median, ms, type Row, runNode, timed, times } from './measure.ts';

const JOBS = 10_000;
const MARKS = 100;
const clock = { now: () => new Date(), sleep: () => new Promise<void>(() => undefined) };

const ids = Array.from({ length: JOBS }, (_, index) => `job_${index}`);

const bucketAt = (url: string): Bucket =>
  openGcsBucket({ location: 'gs://bench', env: { STORAGE_EMULATOR_HOST: url }, clock, random: Math.random });

/** Plans over states that lie in a bucket behind HTTP, against fetching the same objects and nothing else. */
export const remotePlanRows = (): Promise<Row[]> =>
  withEmulator(async (url) => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
    const jobs = ids.map((id) => `  ${id}: { service: bench, data_type: ${id}, command: [x], cron: '17 */2 * * *' }`);
    const config = join(folder, 'ingestion-config.yaml');
    const environments = 'environments: { bench: { bucket: gs://bench, warehouse: bench.duckdb } }';
    await writeFile(config, `${environments}\nservices: { bench: {} }\njobs:\n${jobs.join('\n')}\n`);
    const schedule = { cron: '17 */2 * * *', timezone: 'UTC', effective_from: '2026-11-21T06:00:00.000Z' };
    const bucket = bucketAt(url);
    await sideBySide(ids, async (id) => {
      await writeJson(bucket, keys.state(id), { ...emptyState(id), revision: 1, schedule });
    });
    const fetchAll = () => timed(() => sideBySide(ids, (id) => fetchState(url, id)));
    const limit = await median(3, fetchAll);
    let peak = 0;
    const ours = await median(3, async () => {
      const plan = [
        CLI,
        'plan',
        '--json',
        '--config',
        config,
        '--environment',
        'bench',
        '--now',
        '2026-11-21T09:00:00Z',
      ];
      const { milliseconds, peakBytes } = await runNode(plan, { STORAGE_EMULATOR_HOST: url });
      peak = Math.max(peak, peakBytes);
      return milliseconds;
    });
    await rm(folder, { recursive: true });
    const what = 'plan, cold, 10,000 jobs with state in gs:// (emulator)';
    const ratio = ours / limit;
    return [
      {
        what,
        measured: ms(ours),
        limit: `${ms(limit)} fetching them`,
        ratio: times(ratio),
        budget: '≤ 2 ×',
        isMet: ratio <= 2,
      },
      {
        what,
        measured: mb(peak),
        limit: '300 MB',
        ratio: times(peak / 300e6),
        budget: '≤ 300 MB',
        isMet: peak <= 300e6,
      },
    ];
  });

async function fetchState(url: string, id: string): Promise<void> {
  const answer = await fetch(`${url}/storage/v1/b/bench/o/${encodeURIComponent(keys.state(id))}?alt=media`);
  JSON.parse(await answer.text());
}

/** What a mark costs besides its records: the swap of the state, which a manifest goes before. */
export async function commitRows(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  const local = openLocalBucket(join(folder, 'bucket'));
  const rows = [row('local', await perMark(local), await median(3, () => perWrite(folder)), 'two files, flushed')];
  await rm(folder, { recursive: true });
  const remote = await withEmulator(async (url) =>
    row('gs:// (emulator)', await perMark(bucketAt(url)), await median(3, () => perUpload(url)), 'two uploads'),
  );
  return [...rows, remote];
}

function row(where: string, ours: number, limit: number, against: string): Row {
  const ratio = ours / limit;
  const digits = (value: number): string => `${value.toFixed(2)} ms`;
  return {
    what: `commit of a mark, ${where}`,
    measured: digits(ours),
    limit: `${digits(limit)} ${against}`,
    ratio: times(ratio),
    budget: '≤ 3 ×',
    isMet: ratio <= 3,
  };
}

const MANIFEST = Buffer.from(JSON.stringify({ version: 1, package: 'x'.repeat(800) }));

let round = 0;

/** Milliseconds a mark: a manifest that must not be there yet, and the swap that names it. */
async function perMark(bucket: Bucket): Promise<number> {
  return median(3, async () => {
    const run = `bench-${round++}`;
    const claimed = await claimSlot({
      bucket,
      job: run,
      slot: '2026-11-21T06:00:00.000Z',
      targets: ['main'],
      about: { inEnvironment: '', replayed: [] },
      run,
      clock,
    });
    const ledger = claimed as Ledger;
    const total = await timed(async () => {
      for (let mark = 0; mark < MARKS; mark += 1) {
        const manifest = `bronze/${run}/${mark}/manifest.json`;
        await bucket.write(manifest, MANIFEST, { contentType: 'application/json', onlyIf: 'absent' });
        const previous = ledger.state.head;
        await ledger.commit({
          package: { id: `${mark}`, manifest, previous },
          cursor: { version: 1, value: { mark } },
        });
        await ledger.loaded({ target: 'main', package: `${mark}` });
      }
    });
    await ledger.release();
    // Loading is another swap, which each mark costs as well.
    return total / MARKS;
  });
}

async function perWrite(folder: string): Promise<number> {
  await mkdir(join(folder, 'plain'), { recursive: true });
  const total = await timed(async () => {
    for (let index = 0; index < 2 * MARKS; index += 1) {
      const file = await open(join(folder, 'plain', String(index)), 'w');
      await file.writeFile(MANIFEST);
      await file.sync();
      await file.close();
    }
  });
  return total / MARKS;
}

async function perUpload(url: string): Promise<number> {
  const total = await timed(async () => {
    for (let index = 0; index < 2 * MARKS; index += 1) {
      const target = `${url}/upload/storage/v1/b/bench/o?uploadType=media&name=plain-${index}`;
      await (await fetch(target, { method: 'POST', body: MANIFEST })).text();
    }
  });
  return total / MARKS;
}
