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
  checkKind(job, source, faults);
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

const COMMAND_ONLY = ['columns', 'primary_key', 'write'] as const;

/** A setting that nothing would read is a misunderstanding. */
function checkKind({ id, entry, path }: WrittenJob, source: YamlSource, faults: FaultList): void {
  const script = source.at(['services', entry.service, 'fetch_script']);
  const isCommand = source.at([...path, 'command']) !== undefined || script !== undefined;
  for (const key of isCommand ? ['options'] : COMMAND_ONLY) {
    if (source.at([...path, key]) === undefined) continue;
    const message = isCommand
      ? 'a command takes no options: expected them in the command itself'
      : 'the connector declares its table: expected this only with a command';
    faults.add(source.placeOf([...path, key], 'key'), `jobs.${id}.${key}: ${message}`);
  }
}
