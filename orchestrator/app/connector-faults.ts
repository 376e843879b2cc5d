/** What only the connectors know of a configuration: whether they exist, their data types, options and columns. */
import { asTidemillError, type Connector, type Stream } from '@tidemill/kit';
import { flatten } from '../config/check.ts';
import { complain, keysAt, label } from '../config/complaints.ts';
import { FaultList, suggestion } from '../config/faults.ts';
import type { Config, Job } from '../config/job.ts';
import { jobPaths } from '../config/jobs.ts';
import { nearest } from '../config/nearest.ts';
import { type Path, readYaml, type YamlSource } from '../config/yaml-source.ts';
import { checked } from '../run/crawl/targets.ts';
import { CATALOG } from '../run/extract/catalog-stream.ts';
import { loadConnector, checkOptions as optionsIn, optionsOf, streamOf } from '../run/extract/connector.ts';
import { checkTimeColumn } from '../run/silver/newest.ts';
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
  for (const job of config.jobs) {
    const path = paths?.get(job.id);
    if (source === undefined || path === undefined) continue;
    const stream = await checkJob({ job, path, source }, config, faults);
    if (job.command !== undefined) checkRivals(job, job.scope);
    else if (stream !== undefined) checkRivals(job, stream.scope);
  }
  faults.raise();
}

/** Answers what the job reads, where that is known. */
async function checkJob(written: Written, config: Config, faults: FaultList): Promise<Stream | undefined> {
  const { job } = written;
  const service = config.services.get(job.service);
  if (job.command !== undefined) refuseCrawl(written, 'a program', faults);
  if (job.command !== undefined || service === undefined) return undefined;
  const connector = await found(written, ['service'], faults, () => loadConnector(service));
  const stream = connector && streamFrom(connector, written, faults);
  if (stream === undefined) return undefined;
  if (stream.crawl === undefined) refuseCrawl(written, job.data_type, faults);
  if (checkOptions(written, stream, faults)) await found(written, ['options'], faults, () => checkTargets(stream, job));
  await found(written, ['expect', 'fresh_by'], faults, () => checkTimeColumn(stream, job.id, job.expect.fresh_by));
  return stream;
}

function streamFrom(connector: Connector, { job, path, source }: Written, faults: FaultList): Stream | undefined {
  const names = connector.streams.map(({ name }) => name);
  if (job.data_type === CATALOG || names.includes(job.data_type)) return streamOf(connector, job.data_type);
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

/** Answers whether they are sound. */
function checkOptions({ job, path, source }: Written, stream: Stream, faults: FaultList): boolean {
  const schema = optionsOf(stream);
  const { error } = schema.safeParse(job.options);
  for (const issue of flatten(error?.issues ?? [])) {
    const whole = [...path, 'options', ...issue.path];
    if (issue.code !== 'unrecognized_keys') {
      complain({ ...issue, path: whole }, schema, source, faults);
      continue;
    }
    const known = keysAt(schema, issue.path);
    for (const key of issue.keys) {
      const name = label(['jobs', job.id, 'options', ...issue.path, key]);
      const choice = () => suggestion(nearest(key, known), known) ?? `${stream.name} takes no options.`;
      faults.add(source.placeOf([...whole, key], 'key'), `${name}unknown option`, choice);
    }
  }
  return error === undefined;
}
