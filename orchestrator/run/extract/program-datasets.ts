/** The data sets of a service whose jobs are run by one program, as that program says them with `--discover`. */
import type { ExtractContext } from '@tidemill/kit';
import type { Service } from '../../config/job.ts';
import { type CommandRun, runCommand } from './command.ts';
import { MOST_DATASETS } from './datasets.ts';

export interface ProgramRequest
  extends Pick<CommandRun, 'environment' | 'env'>,
    Pick<ExtractContext<never, never>, 'now' | 'signal'> {
  readonly service: Pick<Service, 'name' | 'setup'>;
  /** As the service names it. */
  readonly command: string | readonly string[];
  /** Folder that it runs in. */
  readonly folder: string;
  /** Variables that it may see. */
  readonly dependencies: readonly string[];
}

/**
 * What it prints, a value a line; undefined for a line that is no JSON. Of more than there may be one too many is read. Throws what a run of
 * it throws: a program that does not end well has said nothing.
 */
export async function programDatasets(request: ProgramRequest): Promise<unknown[]> {
  const { service, command, folder, dependencies, now, signal, env, environment } = request;
  const lines = runCommand({
    job: {
      id: service.name,
      service: service.name,
      data_type: 'catalog',
      ...{ dependencies, working_directory: folder, write: 'append', scope: 'changes', primary_key: [] },
    },
    command: typeof command === 'string' ? `${command} --discover` : [...command, '--discover'],
    ...{ setup: service.setup, slot: 'manual-catalog', environment, env, signal },
    ...{ cursor: undefined, interval: { start: now, end: now }, mode: 'incremental' },
    notice: () => undefined,
    said: () => undefined,
  });
  const said: unknown[] = [];
  for await (const emission of lines) {
    if (!('lines' in emission)) continue;
    for (const line of emission.lines) said.push(parsed(line));
    if (said.length > MOST_DATASETS) break;
  }
  return said;
}

function parsed(line: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(line).toString());
  } catch {
    return undefined;
  }
}
