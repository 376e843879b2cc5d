/** What jobs say about other parts of the file: that it is there, and that it fits. */
import { type FaultList, quoted, suggestion } from './faults.ts';
import type { WrittenJob } from './jobs.ts';
import { nearest } from './nearest.ts';
import type { YamlSource } from './yaml-source.ts';

/** The names that are written, whether or not what they stand for is sound. */
export interface Names {
  /** Undefined when jobs may name any service. */
  readonly services: ReadonlySet<string> | undefined;
  readonly environments: ReadonlySet<string>;
  /** Of the warehouses, by environment. */
  readonly warehouses: ReadonlyMap<string, readonly string[]>;
}

export function checkReferences(job: WrittenJob, names: Names, source: YamlSource, faults: FaultList): void {
  const { entry, path, service } = job;
  const refuse = (key: readonly PropertyKey[], message: string, name: string, known: Iterable<string>) =>
    faults.add(source.placeOf([...path, ...key]), `jobs.${job.id}.${message}`, () =>
      suggestion(nearest(name, known), [...known]),
    );
  if (names.services !== undefined && !names.services.has(entry.service)) {
    refuse(['service'], `service: there is no service ${quoted(entry.service)}`, entry.service, names.services);
  }
  const types = service?.supported_data_types;
  if (types !== undefined && !types.includes(entry.data_type)) {
    const message = `data_type: ${entry.service} does not support ${quoted(entry.data_type)}`;
    refuse(['data_type'], message, entry.data_type, types);
  }
  const { environment = [] } = entry;
  for (const [index, name] of [environment].flat().entries()) {
    if (names.environments.has(name)) continue;
    const key = typeof environment === 'string' ? ['environment'] : ['environment', index];
    refuse(key, `environment: there is no environment ${quoted(name)}`, name, names.environments);
  }
  checkWarehouses(job, names, refuse);
  checkKind(job, source, faults);
}

type Refuse = (key: readonly PropertyKey[], message: string, name: string, known: Iterable<string>) => void;

/** Each name must be one somewhere, and wherever the job runs at least one of them. */
function checkWarehouses({ entry }: WrittenJob, { warehouses }: Names, refuse: Refuse): void {
  const { environment = [], warehouses: chosen = [] } = entry;
  const here = [environment].flat();
  const own = [...warehouses].filter(([name]) => here.length === 0 || here.includes(name));
  const known = new Set(own.flatMap(([, names]) => names));
  const unknown = chosen.filter((name) => !known.has(name));
  for (const name of unknown) {
    refuse(['warehouses', chosen.indexOf(name)], `warehouses: there is no warehouse ${quoted(name)}`, name, known);
  }
  if (chosen.length === 0 || unknown.length > 0) return;
  for (const [name, names] of own) {
    if (names.some((warehouse) => chosen.includes(warehouse))) continue;
    refuse(['warehouses'], `warehouses: the environment ${quoted(name)} has none of them`, '', names);
  }
}

/** Two jobs that share a state would each lose slots to the other. */
export function checkPreviousIds(
  jobs: readonly WrittenJob[],
  ids: ReadonlySet<string>,
  source: YamlSource,
  faults: FaultList,
): void {
  const claimedBy = new Map<string, string>();
  for (const { id, entry, path } of jobs) {
    for (const [index, previous] of entry.previous_ids.entries()) {
      const other = ids.has(previous) ? previous : claimedBy.get(previous);
      claimedBy.set(previous, id);
      if (other === undefined) continue;
      const whose = other === previous ? 'is the id of a job' : `is a previous id of ${other}, too`;
      const message = `jobs.${id}.previous_ids: ${quoted(previous)} ${whose}: expected an id that no job has any more`;
      faults.add(source.placeOf([...path, 'previous_ids', index]), message);
    }
  }
}

/** Of a service: what its jobs run where they have no command of their own. */
const PROGRAMS = ['command', 'fetch_script'] as const;

/** A setting that nothing would read is a misunderstanding. Which of them a connector reads only that can say: `app/connector-faults.ts`. */
function checkKind({ id, entry, path }: WrittenJob, source: YamlSource, faults: FaultList): void {
  const ofService = PROGRAMS.some((key) => source.at(['services', entry.service, key]) !== undefined);
  const isCommand = source.at([...path, 'command']) !== undefined || ofService;
  if (!isCommand || source.at([...path, 'options']) === undefined) return;
  const message = 'a command takes no options: expected them in the command itself';
  faults.add(source.placeOf([...path, 'options'], 'key'), `jobs.${id}.options: ${message}`);
}
