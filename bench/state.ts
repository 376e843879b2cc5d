/** The state protocol: 10,000 job states to plan over in a remote bucket, and what one mark costs. */
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimSlot } from '../orchestrator/state/claiming.ts';
import type { Ledger } from '../orchestrator/state/ledger.ts';
import { emptyState } from '../orchestrator/state/transitions.ts';
import type { Bucket } from '../orchestrator/storage/contract.ts';
import { openGcsBucket } from '../orchestrator/storage/gcs/driver.ts';
import { keys } from '../orchestrator/storage/keys.ts';
import { openLocalBucket } from '../orchestrator/storage/local/driver.ts';
import { sideBySide } from '../orchestrator/storage/side-by-side.ts';
import { writeJson } from '../orchestrator/storage/text.ts';
import { startGcsServer } from '../test/fakes/gcs-server.ts';
import { withEmulator, withFarEmulator } from './emulated.ts';
import { withFleet } from './fleet.ts';
import { CLI, middle, type Row, runNode, timed, times } from './measure.ts';
import { planRows } from './plan.ts';

const JOBS = 10_000;
const MARKS = 100;
const clock = { now: () => new Date(), sleep: () => new Promise<void>(() => undefined) };

const ids = Array.from({ length: JOBS }, (_, index) => `job_${index}`);

const bucketAt = (url: string): Bucket =>
  openGcsBucket({ location: 'gs://bench', env: { STORAGE_EMULATOR_HOST: url }, clock, random: Math.random });

/** A folder with a configuration of that many jobs, whose states lie in `gs://bench`; and how a command is told of it. */
async function project(jobs: readonly string[]): Promise<{ folder: string; about: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  const lines = jobs.map(
    (id) => `  ${id}: { service: bench, data_type: ${id}, command: [echo, '{}'], cron: '17 */2 * * *' }`,
  );
  const config = join(folder, 'ingestion-config.yaml');
  const environments = 'environments: { bench: { bucket: gs://bench, warehouse: bench.duckdb } }';
  await writeFile(config, `${environments}\nservices: { bench: {} }\njobs:\n${lines.join('\n')}\n`);
  return { folder, about: ['--config', config, '--environment', 'bench'] };
}

/** Milliseconds from a machine of GitHub to a bucket, there and back. */
const AWAY_MS = 30;

/** Plans over states that lie in a bucket far away, after one that has left an index, against fetching the same objects. */
export const remotePlanRows = (): Promise<Row[]> =>
  withFleet((fleet) =>
    withFarEmulator(AWAY_MS, async (url) => {
      const { folder, about } = await project(ids);
      const schedule = { cron: '17 */2 * * *', timezone: 'UTC', effective_from: '2026-11-21T06:00:00.000Z' };
      const bucket = bucketAt(url);
      await sideBySide(ids, async (id) => {
        await writeJson(bucket, keys.state(id), { ...emptyState(id), revision: 1, schedule });
      });
      const limit = await timed(() => sideBySide(ids, (id) => fetchState(url, id)));
      const plan = [CLI, 'plan', '--json', ...about, '--now', '2026-11-21T09:00:00Z'];
      const env = { ...fleet, STORAGE_EMULATOR_HOST: url };
      await runNode([...plan, '--record'], env);
      const rows = await planRows(plan, env, {
        what: `plan, 10,000 jobs with state in gs:// ${AWAY_MS} ms away (emulator), fresh machine`,
        limit: { milliseconds: limit, of: 'fetching them' },
        mostMilliseconds: 2000,
      });
      await rm(folder, { recursive: true });
      return rows;
    }),
  );

/** What a run by hand of one job asks of its bucket where there are 10,000, against the same where it is the only one. */
export async function requestsRow(): Promise<Row> {
  const [ours, limit] = [await requestsOfRun(ids), await requestsOfRun(ids.slice(0, 1))];
  return {
    what: 'requests of `run ONE`, 10,000 jobs in gs:// (emulator)',
    measured: String(ours),
    limit: `${limit} with one job`,
    ratio: times(ours / limit),
    budget: '≤ 1 ×',
    isMet: ours <= limit,
    judgedBy: 'work',
  };
}

async function requestsOfRun(jobs: readonly string[]): Promise<number> {
  await using server = await startGcsServer();
  server.createBucket('bench');
  const { folder, about } = await project(jobs);
  await runNode([CLI, 'run', 'job_0', ...about], { STORAGE_EMULATOR_HOST: server.url });
  await rm(folder, { recursive: true });
  return server.requests.length;
}

async function fetchState(url: string, id: string): Promise<void> {
  const answer = await fetch(`${url}/storage/v1/b/bench/o/${encodeURIComponent(keys.state(id))}?alt=media`);
  JSON.parse(await answer.text());
}

/** What a mark costs besides its records: a manifest that must not be there yet, and the swap of the state that names it. */
export async function commitRows(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  const plain = join(folder, 'plain');
  await mkdir(plain);
  const local = openLocalBucket(join(folder, 'bucket'));
  const rows = [row('local', await marks(local, (name) => writeFlushed(join(plain, name))), 'two files, flushed')];
  await rm(folder, { recursive: true });
  const remote = await withEmulator(async (url) =>
    row('gs:// (emulator)', await marks(bucketAt(url), (name) => upload(url, name)), 'two uploads'),
  );
  return [...rows, remote];
}

/** Milliseconds; what is dear now and then, such as a flush behind that of somebody else, is not what a mark costs. */
interface Marked {
  readonly mark: number;
  readonly bare: number;
}

function row(where: string, { mark, bare }: Marked, against: string): Row {
  const ratio = mark / bare;
  const digits = (value: number): string => `${value.toFixed(2)} ms`;
  return {
    what: `commit of a mark, ${where}`,
    measured: digits(mark),
    limit: `${digits(bare)} ${against}`,
    ratio: times(ratio),
    budget: '≤ 3 ×',
    isMet: ratio <= 3,
  };
}

const MANIFEST = Buffer.from(JSON.stringify({ version: 1, package: 'x'.repeat(800) }));

/** Marks and bare writes in turn, so that both meet the same disk; the median of each. All marks are loaded at once in the end. */
async function marks(bucket: Bucket, write: (name: string) => Promise<unknown>): Promise<Marked> {
  const run = 'bench';
  const about = { inEnvironment: '', replayed: [] };
  const claimed = await claimSlot({
    ...{ bucket, job: run, slot: '2026-11-21T06:00:00.000Z', targets: ['main'], about },
    ...{ run, clock },
  });
  const ledger = claimed as Ledger;
  const [all, bare]: [number[], number[]] = [[], []];
  const ids = Array.from({ length: MARKS }, (_, index) => String(index));
  for (const id of ids) {
    bare.push(await timed(async () => void [await write(`${id}-1`), await write(`${id}-2`)]));
    all.push(await timed(() => commit(bucket, ledger, `bronze/${run}/${id}/manifest.json`, id)));
  }
  const load = await timed(() => ledger.loaded({ target: 'main', packages: ids.map((id) => ({ id })) }));
  await ledger.release();
  const inOrder = (values: readonly number[]): number => middle(values, Number);
  return { mark: inOrder(all) + load / MARKS, bare: inOrder(bare) };
}

async function commit(bucket: Bucket, ledger: Ledger, manifest: string, id: string): Promise<void> {
  await bucket.write(manifest, MANIFEST, { contentType: 'application/json', onlyIf: 'absent' });
  const previous = ledger.state.head;
  await ledger.commit({ package: { id, manifest, previous }, cursor: { version: 1, value: { mark: id } } });
}

async function writeFlushed(path: string): Promise<void> {
  const file = await open(path, 'w');
  await file.writeFile(MANIFEST);
  await file.sync();
  await file.close();
}

async function upload(url: string, name: string): Promise<void> {
  const target = `${url}/upload/storage/v1/b/bench/o?uploadType=media&name=plain-${name}`;
  await (await fetch(target, { method: 'POST', body: MANIFEST })).text();
}
