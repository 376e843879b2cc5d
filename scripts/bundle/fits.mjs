/** For a step of a workflow: among its outputs, whether the bundle is there and fits. One that does not goes: nothing starts from it. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { wholeBundleIn } from '../../orchestrator/bin/bundle.mjs';

const { entry, fault } = wholeBundleIn(process.env);
if (entry !== undefined) process.stdout.write('fits=yes\n');
if (fault !== undefined) {
  process.stderr.write(`::warning title=From the sources::${fault}\n`);
  // Without a manifest nothing starts from it anyway, and it may be somebody's folder.
  const folder = process.env.TIDEMILL_BUNDLE;
  if (existsSync(join(folder, 'bundle.json'))) rmSync(folder, { recursive: true });
}
