/** The generated part of the dbt project in `dbt/`: its sources and staging views, from the connectors and the jobs. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Connector, columnsOf } from '@tidemill/kit';
import type { Config, Job } from '../../orchestrator/config/job.ts';
import { loadConnector } from '../../orchestrator/run/extract/connector.ts';
import { configIn } from './config.ts';
import { connectorsIn } from './connectors.ts';
import { freshnessOf } from './dbt-freshness.ts';
import { MARK, STAGING, stagingDocuments } from './dbt-staging.ts';
import type { DbtTable } from './dbt-table.ts';
import type { GeneratedDocument } from './document.ts';

export async function dbtDocuments(root: string): Promise<GeneratedDocument[]> {
  const config = configIn(root);
  const own = (await connectorsIn(root)).map(({ connector }) => connector);
  const foreign = await foreignConnectors(config, own);
  return stagingDocuments(tablesOf([...own, ...foreign], config.jobs));
}

/** Generated files below the folder that nothing generates any more, relative to the root. */
export async function leftoversIn(root: string, documents: readonly GeneratedDocument[]): Promise<string[]> {
  const found = await readdir(join(root, STAGING), { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(root, '/').length).replaceAll('\\', '/'));
  const known = new Set(documents.map(({ path }) => path));
  const unknown = paths.filter((path) => !known.has(path)).sort();
  const texts = await Promise.all(unknown.map((path) => readFile(join(root, path), 'utf8')));
  return unknown.filter((_, index) => texts[index]?.split('\n', 1)[0]?.includes(MARK));
}

/** Those of npm packages from elsewhere whose services have jobs. */
async function foreignConnectors({ services, jobs }: Config, own: readonly Connector[]): Promise<Connector[]> {
  const used = [...services.values()].filter(({ name }) => {
    const isOwn = own.some(({ service }) => service === name);
    return !isOwn && jobs.some((job) => job.service === name && job.command === undefined);
  });
  return Promise.all(used.map(loadConnector));
}

/** Every data type of the connectors, scheduled or not; then what jobs with columns of their own load. */
export function tablesOf(connectors: readonly Connector[], jobs: readonly Job[]): DbtTable[] {
  const loading = ({ service, name }: Pick<DbtTable, 'service' | 'name'>): readonly Job[] =>
    jobs.filter((job) => job.service === service && job.data_type === name);
  const declared = connectors.flatMap(({ service, streams }) =>
    streams.map(({ name, description, row, key }) => ({ service, name, description, columns: columnsOf(row), key })),
  );
  const made = jobs.flatMap((job) => {
    const isDeclared = declared.some(({ service, name }) => service === job.service && name === job.data_type);
    return job.columns === undefined || isDeclared ? [] : [tableOfJob(job)];
  });
  const first = [...Map.groupBy(made, ({ service, name }) => `${service}.${name}`).values()].flatMap(
    ([one]) => one ?? [],
  );
  return [...declared, ...first].map((table) => ({ ...table, freshness: freshnessOf(loading(table)) }));
}

function tableOfJob({ service, data_type, description, columns = [], primary_key }: Job) {
  return {
    service,
    name: data_type,
    description,
    columns: columns.map(({ name, type }) => ({ name, type, nullable: !primary_key.includes(name), description: '' })),
    key: primary_key,
  };
}
