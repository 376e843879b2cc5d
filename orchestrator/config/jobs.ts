/** Entries of the file → jobs with every default filled in. */
import { extname, resolve } from 'node:path';
import { jobColumnsOf } from './columns.ts';
import { type FaultList, quoted } from './faults.ts';
import { minutesIn } from './fields.ts';
import type { Inherited } from './global.ts';
import type { Expectations, Job, Position } from './job.ts';
import type { JobEntry, MainFile, Service } from './schema.ts';
import { writingOf } from './writing.ts';
import type { Path, YamlPlaces, YamlSource } from './yaml-source.ts';
import { isMapping } from './yaml-source.ts';

/** A sound entry, where it is written, and what it gets from the rest of the file. */
export interface WrittenJob {
  readonly id: string;
  readonly entry: JobEntry;
  readonly path: Path;
  readonly service: Service | undefined;
}

/**
 * Where each job is written, by id, whether or not its entry is sound. Ids that differ by case only are a fault: on
 * some disks they would share one file.
 */
export function jobPaths(source: YamlSource, faults: FaultList): Map<string, Path> {
  const paths = new Map<string, Path>();
  const byLowerCase = new Map<string, string>();
  for (const [id, path] of writtenIds(source)) {
    const other = byLowerCase.get(id.toLowerCase());
    if (other === undefined) {
      byLowerCase.set(id.toLowerCase(), id);
      paths.set(id, path);
      continue;
    }
    const { line } = keyPlace(source.places, paths.get(other) ?? path);
    const collision = other === id ? `is already in line ${line}` : `differs only by case from the one in line ${line}`;
    faults.add(keyPlace(source.places, path), `jobs: the id ${quoted(id)} ${collision}: expected another id`);
  }
  return paths;
}

/** The sound jobs, in the order of the file. */
export function writtenJobs({ jobs, services }: MainFile, paths: ReadonlyMap<string, Path>): WrittenJob[] {
  const entries = new Map(Array.isArray(jobs) ? jobs.map((entry) => [entry.id, entry]) : Object.entries(jobs ?? {}));
  return [...paths].flatMap(([id, path]) => {
    const entry = entries.get(id);
    return entry === undefined ? [] : [{ id, entry, path, service: services?.[entry.service] ?? undefined }];
  });
}

/** `folder` is what relative paths start from. */
export function jobOf(written: WrittenJob, defaults: Inherited, { places }: YamlSource, folder: string): Job {
  const { id, path, service } = written;
  const { environment = [], warehouses = [], columns, expect, max_interval, ...entry } = written.entry;
  const program = entry.command === undefined ? programOf(service, entry.data_type, folder) : undefined;
  return {
    id,
    get place() {
      return keyPlace(places, path);
    },
    ...defaults,
    ...entry,
    environments: [environment].flat(),
    warehouses,
    columns: columns === undefined ? undefined : jobColumnsOf(columns),
    command: entry.command ?? program?.command,
    working_directory: program?.folder ?? folder,
    ...(entry.command === undefined && service?.command !== undefined ? { runs_service_command: true } : {}),
    ...writingOf(entry),
    ...(expect.max_reject_ratio === undefined ? {} : { max_reject_ratio: expect.max_reject_ratio }),
    expect: expectations(expect),
    ...(max_interval === undefined ? {} : { max_interval_minutes: minutesIn(max_interval) }),
  };
}

const expectations = ({
  max_lateness,
  fresh_within,
  max_reject_ratio: _,
  ...gates
}: JobEntry['expect']): Expectations => ({
  ...gates,
  ...(max_lateness === undefined ? {} : { max_lateness_minutes: minutesIn(max_lateness) }),
  ...(fresh_within === undefined ? {} : { fresh_within_minutes: minutesIn(fresh_within) }),
});

const RUNNERS: Readonly<Record<string, string>> = {
  '.ts': 'node',
  '.js': 'node',
  '.mjs': 'node',
  '.py': 'python3',
  '.sh': 'bash',
};

/** What the jobs of a service with a `command` or a `fetch_script` run, and where. */
function programOf(service: Service | undefined, dataType: string, folder: string) {
  const own = service?.command;
  // No name of a data type means anything to a shell.
  if (own !== undefined)
    return { folder, command: typeof own === 'string' ? `${own} ${dataType}` : [...own, dataType] };
  if (service?.fetch_script === undefined) return undefined;
  const base = resolve(folder, service.base_path);
  // Absolute, because a bare name would be looked for among the installed programs.
  const script = resolve(base, service.fetch_script);
  const runner = RUNNERS[extname(script).toLowerCase()];
  return { folder: base, command: [...(runner === undefined ? [] : [runner]), script, dataType] };
}

function writtenIds(source: YamlSource): [string, Path][] {
  const jobs = source.at(['jobs']);
  if (!Array.isArray(jobs)) return (source.keysAt(['jobs']) ?? []).map((id) => [id, ['jobs', id]]);
  return jobs.flatMap((job, index): [string, Path][] =>
    isMapping(job) && typeof job['id'] === 'string' ? [[job['id'], ['jobs', index]]] : [],
  );
}

/** A job's key; in a list, the key `id` of its item. */
const keyPlace = (places: YamlPlaces, path: Path): Position =>
  places.placeOf(typeof path[1] === 'number' ? [...path, 'id'] : path, 'key');
