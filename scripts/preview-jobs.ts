/** What `.github/workflows/preview.yaml` looks at: prints the outputs of a step, given the folder of the project as it was before. */
import { readFileSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config, Job } from '../orchestrator/config/job.ts';
import { loadConfig } from '../orchestrator/config/load.ts';
import { driversAt } from '../orchestrator/drivers/find.ts';
import { defaultLocation } from '../orchestrator/drivers/manifest.ts';
import { driversUsed, installArguments, packagesFor } from '../orchestrator/drivers/use.ts';
import { cronFault } from '../orchestrator/plan/cron.ts';
import { connectorPackageIn } from '../orchestrator/run/extract/connector-package.ts';

const ENVIRONMENT = 'local';

const configAt = (root: string): Config =>
  loadConfig({
    file: join(root, 'ingestion-config.yaml'),
    readFile: (path) => readFileSync(path, 'utf8'),
    checkCron: cronFault,
    drivers: driversAt(join(root, 'orchestrator')),
    root,
  });

/** Jobs that there were before, of connectors that are other now and ask for no credentials. */
async function touchedJobs(after: string, before: string): Promise<{ config: Config; jobs: readonly Job[] }> {
  const config = configAt(after);
  const known = new Map(configAt(before).jobs.map((job) => [job.id, job]));
  const jobs: Job[] = [];
  for (const job of config.jobs) {
    const was = known.get(job.id);
    const isHere = job.environments.length === 0 || job.environments.includes(ENVIRONMENT);
    if (job.command !== undefined || !job.enabled || !isHere) continue;
    if (was?.service !== job.service || was.data_type !== job.data_type) continue;
    if ((await isPublic(after, job.service)) && (await isTouched(after, before, job.service))) jobs.push(job);
  }
  return { config, jobs };
}

async function isPublic(root: string, service: string): Promise<boolean> {
  const { declaration } = (await connectorPackageIn(join(root, 'connectors', service))) ?? {};
  return declaration?.credentials.length === 0;
}

/** Whether the code of the connector is other; what is only read or tested does not count. */
async function isTouched(after: string, before: string, service: string): Promise<boolean> {
  const folder = join('connectors', service);
  const [now, then] = await Promise.all([after, before].map((root) => codeIn(join(root, folder))));
  return JSON.stringify(now) !== JSON.stringify(then);
}

async function codeIn(folder: string): Promise<(readonly [string, string])[]> {
  const files: string[] = [];
  for await (const file of glob('**/*.{ts,json}', { cwd: folder, exclude: ['node_modules', '**/*.test.ts'] }))
    files.push(file);
  return Promise.all(files.sort().map(async (file) => [file, await readFile(join(folder, file), 'utf8')] as const));
}

const [before = ''] = process.argv.slice(2);
const after = join(import.meta.dirname, '..');
const { config, jobs } = await touchedJobs(after, resolve(before));
const { bucket = '', warehouses = [], events = [] } = config.environments.get(ENVIRONMENT) ?? {};
// What is thrown away lies in that of the default.
const scratch = ['scratch', defaultLocation(config.drivers, 'warehouse', ENVIRONMENT)] as const;
const used = driversUsed(config.drivers, { bucket, warehouses: new Map([...warehouses, scratch]), events });
const drivers = packagesFor(used, config.drivers);
const connectors = jobs.flatMap(({ service }) => config.services.get(service)?.package ?? []);
process.stdout.write(`jobs=${jobs.map(({ id }) => id).join(',')}\n`);
process.stdout.write(`install=${installArguments([...new Set([...drivers, ...connectors])])}\n`);
