/** For a step of a workflow: among its outputs, whether the bundle is there and fits. */
import { bundleIn } from '../../orchestrator/bin/bundle.mjs';

const { entry, fault } = bundleIn(process.env);
if (fault !== undefined) process.stderr.write(`::warning title=From the sources::${fault}\n`);
if (entry !== undefined) process.stdout.write('fits=yes\n');
