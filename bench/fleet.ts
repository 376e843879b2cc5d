/** What the workflow's machines start: the bundle, where nothing was compiled before, as a step on GitHub's runner. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runNode } from './measure.ts';

/** How the workflow's machines start a leg (`orchestrator/workflows/jobs`), beside the bundle. */
export const LEG_FLAGS = ['--max-semi-space-size=8'];

const ROOT = resolve(import.meta.dirname, '..');
const COMMIT = 'of the bench';

/** Calls with the variables of a machine that has a bundle of its own; it lies below the project, for what stays outside of it. */
export async function withFleet<T>(measure: (env: Record<string, string>) => Promise<T>): Promise<T> {
  await mkdir(join(ROOT, '.tidemill'), { recursive: true });
  const folder = await mkdtemp(join(ROOT, '.tidemill/bench-'));
  try {
    const bundle = join(folder, 'bundle');
    await runNode([join(ROOT, 'scripts/bundle.ts'), bundle], { GITHUB_SHA: COMMIT });
    const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
    for (const file of Object.values(files)) await writeFile(file, '');
    return await measure({ ...files, CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_SHA: COMMIT, TIDEMILL_BUNDLE: bundle });
  } finally {
    await rm(folder, { recursive: true });
  }
}
