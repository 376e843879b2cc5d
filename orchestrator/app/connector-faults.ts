/** What only the connectors know of a configuration: whether they exist, their data types, options and columns. */
import { asTidemillError, type Connector, isTemplate, openOf, type Stream } from '@tidemill/kit';
import type { z } from 'zod';
import { FaultList, suggestion } from '../config/faults.ts';
import type { Config, Job, Service } from '../config/job.ts';
import { jobPaths } from '../config/jobs.ts';
import { nearest } from '../config/nearest.ts';
import { type Path, readYaml, type YamlSource } from '../config/yaml-source.ts';
import { checked } from '../run/crawl/targets.ts';
import { CATALOG } from '../run/extract/catalog-stream.ts';
import { exportOf, loadConnector, checkOptions as optionsIn, optionsOf } from '../run/extract/connector.ts';
import { streamOf } from '../run/extract/job-stream.ts';
import { checkTimeColumn } from '../run/silver/newest.ts';
import { optionsFit } from './option-faults.ts';
import { rivalCheck } from './rival-jobs.ts';

/** A job as it stands in the file. */
interface Written {
  readonly job: Job;
  readonly path: Path;
  readonly source: YamlSource;
}

/** Throws a ConfigError with every fault, each at the word that is wrong. `text` is what the configuration was read from. */
export async function checkConnectors(config: Config, text: string): Promise<void> {
  const [first] = config.jobs;
  if (first === undefined) return;
  const faults = new FaultList();
  const source = readYaml(first.place.file, text, faults);
  const paths = source && jobPaths(source, faults);
  faults.raise();
  const checkRivals = rivalCheck(faults);
  const refused = source === undefined ? new Set<string>() : await refusedServices(config, source, faults);
  for (const job of config.jobs) {
    const path = paths?.get(job.id);
    if (source === undefined || path === undefined || refused.has(job.service)) continue;
    const stream = await checkJob({ job, path, source }, config, faults);
    if (job.command !== undefined) checkRivals(job, job.scope);
    else if (stream !== undefined) checkRivals(job, stream.scope);
  }
  faults.raise();
}

/** Names of the services whose options their package does not take: nothing more can be said of their jobs. */
async function refusedServices(
  { services, jobs }: Config,
  source: YamlSource,
  faults: FaultList,
): Promise<Set<string>> {
  const refused = new Set<string>();
  for (const service of services.values()) {
    const isUsed = jobs.some((job) => job.service === service.name && job.command === undefined);
    if (isUsed && !(await takesOptions(service, source, faults))) refused.add(service.name);
  }
  return refused;
}

async function takesOptions(service: Service, source: YamlSource, faults: FaultList): Promise<boolean> {
  const { name, options = {} } = service;
  // One that is not there is a fault of each job.
  const exported = await exportOf(service).catch(() => undefined);
  if (!isTemplate(exported)) return true;
  const path = ['services', name];
  return optionsFit({ schema: optionsOf(exported), options, path, called: path, of: name }, source, faults);
}

/** Answers what the job reads, where that is known. */
async function checkJob(written: Written, config: Config, faults: FaultList): Promise<Stream | undefined> {
  const { job } = written;
  const service = config.services.get(job.service);
  if (job.command !== undefined) refuseCrawl(written, 'a program', faults);
  if (job.command !== undefined || service === undefined) return undefined;
  const connector = await found(written, ['service'], faults, () => loadConnector(service));
  if (connector === undefined) return undefined;
  const stream =
    openOf(connector) === undefined
      ? streamFrom(connector, written, faults)
      : await openedFor(connector, written, faults);
  if (stream === undefined) return undefined;
  if (stream.crawl === undefined) refuseCrawl(written, job.data_type, faults);
  if (takes(written, stream, job.data_type, faults))
    await found(written, ['options'], faults, () => checkTargets(stream, job));
  await found(written, ['expect', 'fresh_by'], faults, () => checkTimeColumn(stream, job.id, job.expect.fresh_by));
  return stream;
}

const takes = (
  { job, path, source }: Written,
  of: { readonly options?: z.ZodObject | undefined },
  name: string,
  faults: FaultList,
) =>
  optionsFit({ schema: optionsOf(of), options: job.options, path, called: ['jobs', job.id], of: name }, source, faults);

/** What an open connector makes of the job. */
async function openedFor(connector: Connector, written: Written, faults: FaultList): Promise<Stream | undefined> {
  const open = openOf(connector);
  if (open === undefined || !takes(written, open, written.job.data_type, faults)) return undefined;
  return found(written, ['options'], faults, () => streamOf(connector, written.job));
}

/** What a job says of its table, which its connector declares. */
const OF_THE_TABLE = ['columns', 'primary_key', 'write', 'scope'] as const;

function streamFrom(connector: Connector, { job, path, source }: Written, faults: FaultList): Stream | undefined {
  const names = connector.streams.map(({ name }) => name);
  const twice = OF_THE_TABLE.filter((key) => source.at([...path, key]) !== undefined);
  for (const key of twice) {
    const message = `jobs.${job.id}.${key}: the connector declares its table: expected this only with a command, or an open connector`;
    faults.add(source.placeOf([...path, key], 'key'), message, () => 'Leave it out.');
  }
  if (job.data_type === CATALOG || names.includes(job.data_type)) {
    return twice.length > 0 ? undefined : streamOf(connector, job);
  }
  faults.add(source.placeOf([...path, 'data_type']), `${connector.service} has no data type ${job.data_type}`, () =>
    suggestion(nearest(job.data_type, names), names),
  );
  return undefined;
}

/** What `look` finds; when it throws kind `config`, that is a fault of the value at `key`. */
async function found<T>(
  { path, source }: Written,
  key: Path,
  faults: FaultList,
  look: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await look();
  } catch (thrown) {
    const { kind, message, hint } = asTidemillError(thrown);
    if (kind !== 'config') throw thrown;
    faults.add(source.placeOf([...path, ...key]), message, () => hint);
    return undefined;
  }
}

/** How to wait for a source that answers at once is asked of nobody. */
function refuseCrawl({ job, path, source }: Written, what: string, faults: FaultList): void {
  if (source.at([...path, 'crawl']) === undefined) return;
  const message = `jobs.${job.id}.crawl: ${what} answers at once, and has no crawls`;
  faults.add(source.placeOf([...path, 'crawl'], 'key'), message, () => 'Leave it out.');
}

/** Any span will do: what is asked for stands in the options. */
const SOME_DAY = { start: new Date('2026-01-01T00:00:00Z'), end: new Date('2026-01-02T00:00:00Z') };

/** Each crawl is paid: what they are must be known before the first run. Throws kind `config`. */
function checkTargets(stream: Stream, { id, options }: Job): void {
  const { crawl } = stream;
  if (crawl !== undefined) checked(crawl.targets(optionsIn(stream, id, options), SOME_DAY));
}
