import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../orchestrator/config/job.ts';
import { loadConfig } from '../../orchestrator/config/load.ts';
import { driversAt } from '../../orchestrator/drivers/find.ts';
import { cronFault } from '../../orchestrator/plan/cron.ts';

/** The configuration of a project, or another one in it, with the drivers whose folders it has. */
export function configIn(root: string, file = 'ingestion-config.yaml'): Config {
  return loadConfig({
    file: join(root, file),
    readFile: (path) => readFileSync(path, 'utf8'),
    checkCron: cronFault,
    drivers: driversAt(join(root, 'orchestrator')),
    root,
  });
}
