/** What a leg installs where it has no bundle, as the workflow does it; asks npm's registry, or its cache. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { machineLegs } from '../orchestrator/app/machine-legs.ts';
import { mb, ms, type Row, timed, times } from './measure.ts';

const ROOT = resolve(import.meta.dirname, '..');
const PARTS = ['package.json', 'package-lock.json', '.npmrc', 'orchestrator', 'connectors'];
const MOST_BYTES = 40e6;

/** The connector whose vendor's library is the largest, with a bucket at Google. */
const LEG = {
  leg: 'bench',
  runs: '',
  environment: 'dev',
  timeout_minutes: 30,
  packages: '@tidemill/google_calendar',
  services: ['google_calendar'],
  group: 'bench',
};

export async function installRow(): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  const filter = (path: string): boolean => basename(path) !== 'node_modules';
  for (const part of PARTS) await cp(join(ROOT, part), join(folder, part), { recursive: true, filter });
  const [leg] = machineLegs([LEG], ['@tidemill/storage-gcs']);
  const npm = (...args: string[]) => promisify(execFile)('npm', args, { cwd: folder });
  const taken = await timed(() => npm('ci', '--omit=dev', '--ignore-scripts', ...(leg?.install ?? '').split(' ')));
  const size = await bytesBelow(join(folder, 'node_modules'));
  await rm(folder, { recursive: true });
  return {
    what: 'leg without a bundle, install of google_calendar with a gs:// bucket',
    measured: `${mb(size)}, ${ms(taken)}`,
    limit: mb(MOST_BYTES),
    ratio: times(size / MOST_BYTES),
    budget: '≤ 40 MB',
    isMet: size > 0 && size <= MOST_BYTES,
  };
}

/** Links are not followed: the workspaces themselves are not installed. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
