/** For a step of a workflow: among its outputs, whether the bundle is there and fits. One that does not goes: nothing starts from it. */
import { rmSync } from 'node:fs';
import { wholeBundleIn } from '../../orchestrator/bin/bundle.mjs';

const { entry, fault } = wholeBundleIn(process.env);
if (entry !== undefined) process.stdout.write('fits=yes\n');
if (fault !== undefined) {
  process.stderr.write(`::warning title=From the sources::${fault}\n`);
  rmSync(process.env.TIDEMILL_BUNDLE, { recursive: true });
}
