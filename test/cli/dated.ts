/** Projects with jobs of `dated-connector.ts`, and what is in their bucket and warehouse. */
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { JobState } from '../../orchestrator/state/job-state.ts';
import { openDuckDb } from '../../orchestrator/warehouse/duckdb/driver.ts';
import { configOf, type Project, project } from './project.ts';

/** What stands for the connector: a module that Node finds by itself, or the test runner would look for it in the tree. */
const DATED = 'wasi';
const url = new URL('dated-connector.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === DATED || specifier === `node:${DATED}` ? { url, shortCircuit: true } : next(specifier, context),
});

type Jobs = Parameters<typeof configOf>[0];

/** The jobs with `data_type` of the dated connector, the others as `configOf` makes them. */
export async function datedProject(
  dated: Readonly<Record<string, object>>,
  commands: Jobs = {},
  local: object = {},
): Promise<Project> {
  const config = JSON.parse(configOf(commands));
  const jobs = Object.entries(dated).map(([id, fields]) => [id, { service: 'dated', data_type: id, ...fields }]);
  return project({
    'ingestion-config.yaml': JSON.stringify({
      environments: { local, prd: { bucket: 'prd-bucket', warehouse: 'prd.duckdb' } },
      services: { ...config.services, dated: { package: DATED } },
      jobs: { ...config.jobs, ...Object.fromEntries(jobs) },
    }),
  });
}

/** How often the source was asked, and for what. */
export const readsOf = (here: Project): string[] =>
  existsSync(here.path('reads')) ? here.read('reads').trim().split('\n') : [];

const stateFile = (job: string): string => `.tidemill/local/bucket/_tidemill/state/${job}.json`;
export const stateOf = (here: Project, job: string): JobState => JSON.parse(here.read(stateFile(job)));
export const stateText = (here: Project, job: string): string => here.read(stateFile(job));

export function changeState(here: Project, job: string, change: Partial<JobState>): void {
  here.write(stateFile(job), JSON.stringify({ ...stateOf(here, job), ...change }));
}

/** A claim of another run. */
export const claimUntil = (lease_until: string): NonNullable<JobState['claim']> => ({
  slot: 'manual-elsewhere',
  run: 'elsewhere',
  attempt: 1,
  claimed_at: '2026-11-21T06:29:00.000Z',
  lease_until,
});

export const WAREHOUSE = '.tidemill/local/warehouse.duckdb';

/** Rows of one statement, as texts; NULL as the empty one. */
export async function query(here: Project, sql: string, file = WAREHOUSE): Promise<readonly (readonly string[])[]> {
  const clock = { now: () => new Date(), sleep: async () => undefined };
  const warehouse = await openDuckDb({ file: here.path(file), clock });
  try {
    return (await warehouse.query(sql)).rows.map((row) => row.map((value) => value ?? ''));
  } finally {
    await warehouse.close();
  }
}
