/** A project with the bundle of this work tree, and the command line started from it as a process of its own. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { COMMIT } from '../workflow/event.ts';
import { bundleOfWorkTree } from './work-tree.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** What starts it; it lies in the work tree, and says nothing of where the bundle is. */
const CLI = join(ROOT, 'orchestrator/bin/tidemill.mjs');

export interface Ending {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BundledProject {
  readonly folder: string;
  readonly bundle: string;
  /** As on a machine of the workflow, which says the commit. */
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ending>;
}

/** `installed` are names of packages in `node_modules`, which lie there as npm lays them: of ours, links to the workspaces. */
export async function bundledProject(
  files: Readonly<Record<string, string>>,
  installed: readonly string[] = [],
): Promise<BundledProject> {
  const folder = mkdtempSync(join(tmpdir(), 'bundled-'));
  const bundle = join(folder, '.tidemill/bundle');
  cpSync(await bundleOfWorkTree(), bundle, { recursive: true });
  for (const name of installed) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ending> => {
    const machine = { PATH: process.env['PATH'], CI: 'true', GITHUB_SHA: COMMIT, TIDEMILL_BUNDLE: bundle };
    return new Promise((done) => {
      execFile(
        process.execPath,
        [CLI, ...args],
        { cwd: folder, env: { ...machine, ...env } },
        (error, stdout, stderr) => {
          done({ exit: error === null ? 0 : Number(error.code), stdout, stderr });
        },
      );
    });
  };
  return { folder, bundle, run };
}
