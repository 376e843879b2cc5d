/** The front door: two YAML files → one checked configuration, or every fault of both at once. */
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { DriverSource } from '../drivers/manifest.ts';
import { checkShape } from './check.ts';
import { crawlDefaults } from './crawl.ts';
import { driversFor } from './drivers.ts';
import { environmentsOf } from './environments.ts';
import { FaultList } from './faults.ts';
import type { CheckCron } from './fields.ts';
import { globalDefaults, inheritedFrom } from './global.ts';
import { type GroupsBlock, groupsOf } from './groups.ts';
import type { Config } from './job.ts';
import { jobOf, jobPaths, writtenJobs } from './jobs.ts';
import { checkPreviousIds, checkReferences } from './references.ts';
import { groupsFile, mainFile } from './schema.ts';
import { servicesOf } from './services.ts';
import { transformOf } from './transform.ts';
import { writtenWarehouses } from './warehouses.ts';
import { isObject, type Path, readYaml, type YamlSource } from './yaml-source.ts';

const GROUPS_FILE = 'job-groups.yaml';

export interface LoadOptions {
  /** Absolute path of the main file; `job-groups.yaml` lies beside it, if there is one. */
  readonly file: string;
  /** The text of a file, decoded as UTF-8; throws an error with a `code`, as Node does, when it cannot be read. */
  readonly readFile: (path: string) => string;
  readonly checkCron: CheckCron;
  readonly drivers: DriverSource;
  /** Variables of the process, which say what the files do not; without them nothing else does. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Folder that the files in places and messages are relative to; without it they are absolute. */
  readonly root?: string;
}

/** Throws a ConfigError with every fault there is. */
export function loadConfig({ file, readFile, checkCron, drivers: from, env = {}, root }: LoadOptions): Config {
  const faults = new FaultList();
  const read = (path: string): YamlSource | undefined => {
    const shown = shownAs(path, root);
    const text = textOf(path, shown, path === file ? 'needed' : 'optional', readFile, faults);
    return text === undefined ? undefined : readYaml(shown, text, faults);
  };
  const source = read(file);
  const drivers = driversFor(source, from, faults);
  const crawl = crawlDefaults(env, (message) => faults.add({ file: shownAs(file, root), line: 1, column: 1 }, message));
  const main = source && checkShape(mainFile(checkCron, drivers, crawl), source, faults);
  const groupsSource = read(join(dirname(file), GROUPS_FILE));
  const groups = groupsSource && checkShape(groupsFile, groupsSource, faults);
  const blocks = [blockOf(source, main), blockOf(groupsSource, groups)].filter((block) => block !== undefined);
  const config = source && main && assemble(file, { main, source, drivers, env }, blocks, faults);
  faults.raise();
  if (config === undefined) throw new TypeError('A configuration without a fault was not assembled');
  return config;
}

function assemble(
  file: string,
  written: Parameters<typeof environmentsOf>[0],
  blocks: readonly GroupsBlock[],
  faults: FaultList,
): Config {
  const { main, source, drivers } = written;
  const folder = dirname(file);
  const paths = jobPaths(source, faults);
  // Without sound jobs every selector would be a fault, and none of them the cause.
  const selectable = isObject(source.at(['jobs'])) ? servicesOfJobs(source, paths) : undefined;
  const environments = environmentsOf(written, folder, selectable, faults);
  const jobs = writtenJobs(main, paths);
  const services = source.keysAt(['services']);
  const names = {
    services: services && new Set(services),
    environments: new Set(environments.keys()),
    warehouses: writtenWarehouses(environments, source),
  };
  for (const job of jobs) checkReferences(job, names, source, faults);
  checkPreviousIds(jobs, new Set(paths.keys()), source, faults);
  const global = main.global ?? globalDefaults;
  const defaults = inheritedFrom(global);
  return {
    file,
    max_parallel_jobs: global.max_parallel_jobs,
    legs: global.legs,
    python_version: global.python_version,
    drivers,
    transform: transformOf(main.transform, folder),
    environments,
    services: servicesOf(main, folder, names.services ?? new Set(jobs.map(({ entry }) => entry.service))),
    jobs: jobs.map((job) => jobOf(job, defaults, source, folder)),
    groups: selectable !== undefined && blocks.length > 0 ? groupsOf(blocks, selectable, faults) : new Map(),
  };
}

const servicesOfJobs = (source: YamlSource, paths: ReadonlyMap<string, Path>): Map<string, unknown> =>
  new Map([...paths].map(([id, path]) => [id, source.at([...path, 'service'])]));

function blockOf(
  source: YamlSource | undefined,
  file: { readonly job_groups?: GroupsBlock['groups'] | null | undefined } | null | undefined,
): GroupsBlock | undefined {
  return source === undefined || !file?.job_groups ? undefined : { source, groups: file.job_groups };
}

/** A file's text; what keeps it from being read is a fault, except that an optional one may be missing. */
function textOf(
  path: string,
  file: string,
  need: 'needed' | 'optional',
  readFile: LoadOptions['readFile'],
  faults: FaultList,
): string | undefined {
  try {
    return readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string') throw error;
    const isMissing = code === 'ENOENT';
    if (isMissing && need === 'optional') return undefined;
    const message = isMissing ? `There is no configuration at ${path}` : `${path} cannot be read (${code})`;
    const begin = isMissing ? ', or begin a repository: npx tidemill init' : '';
    faults.add({ file, line: 1, column: 1 }, message, () => `Name another file with --config PATH${begin}.`);
    return undefined;
  }
}

function shownAs(path: string, root: string | undefined): string {
  const inside = root === undefined ? path : relative(root, path);
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside.replaceAll('\\', '/');
}
