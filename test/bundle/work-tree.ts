/** The bundle of this work tree, as `npm run bundle` makes it: once a test run, for whoever asks. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { COMMIT } from '../workflow/event.ts';

const ROOT = resolve(import.meta.dirname, '../..');

let made: Promise<string> | undefined;

/** Its folder, to be copied: made of the commit that a workflow of the tests runs of. */
export function bundleOfWorkTree(): Promise<string> {
  made ??= make(join(tmpdir(), 'bundle-of-work-tree'));
  return made;
}

/** Another process of the test run may be at it. It is there when it is whole; where the other one failed, this one tries. */
async function make(folder: string): Promise<string> {
  while (!existsSync(folder)) {
    const isFirst = await mkdir(`${folder}.lock`).then(
      () => true,
      () => false,
    );
    if (!isFirst) await setTimeout(20);
    else await run('node', [join(ROOT, 'scripts/bundle.ts'), folder]).finally(() => rmdir(`${folder}.lock`));
  }
  return folder;
}

async function run(...[file, args]: [string, string[]]): Promise<void> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  await promisify(execFile)(file, args, { cwd: ROOT, env: { ...env, GITHUB_SHA: COMMIT } });
}
