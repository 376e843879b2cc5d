/**
 * The packages of a folder once more, as a version before theirs, for tests of an upgrade:
 *
 *   node test/packages/older.ts FOLDER OTHER
 *
 * It is the same code under another number. What earlier code left in buckets is in `test/fixtures/earlier`.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { manifestIn } from '../../scripts/packages/tarball.ts';

const run = promisify(execFile);

/** One that a caret range of it lets go on to the version itself. */
const before = (version: string): string => `${version}-previous.0`;

async function repack(file: string, folder: string): Promise<void> {
  const { version } = await manifestIn(file);
  const unpacked = await mkdtemp(join(tmpdir(), 'older-'));
  await run('tar', ['-xzf', file, '-C', unpacked]);
  const root = join(unpacked, 'package');
  for (const path of await readdir(root, { recursive: true })) {
    if (!/(^|\/)package\.json$/.test(path)) continue;
    const text = await readFile(join(root, path), 'utf8');
    // Of the package itself, and of ours that it wants in the same version.
    await writeFile(join(root, path), text.replaceAll(`"${version}"`, `"${before(version)}"`));
  }
  await run('npm', ['pack', '--pack-destination', folder, root]);
  await rm(unpacked, { recursive: true });
}

const [from = '', to = ''] = process.argv.slice(2);
await mkdir(to, { recursive: true });
const files = (await readdir(from)).filter((name) => name.endsWith('.tgz'));
await Promise.all(files.map((name) => repack(join(from, name), resolve(to))));
