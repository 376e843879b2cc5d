/** Loads configurations that exist in memory only, with the planner's own check of cron expressions. */
import { cronFault } from '../plan/cron.ts';
import { ConfigError, type Fault } from './faults.ts';
import type { Config } from './job.ts';
import { loadConfig } from './load.ts';

export interface Files {
  readonly [path: string]: string;
}

export const MAIN = '/project/ingestion-config.yaml';
const GROUPS = '/project/job-groups.yaml';

export function loadFiles(files: Files): Config {
  return loadConfig({ file: MAIN, root: '/project', checkCron: cronFault, readFile: (path) => read(files, path) });
}

export const load = (main: string, groups?: string): Config =>
  loadFiles(groups === undefined ? { [MAIN]: main } : { [MAIN]: main, [GROUPS]: groups });

/** The faults of a configuration; a configuration without any fails the test. */
export function faultsOf(main: string, groups?: string): readonly Fault[] {
  try {
    load(main, groups);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error('the configuration has no fault');
}

/** Each fault as `line:column message`, with the name of the file where it is not the main one. */
export const told = (main: string, groups?: string): string[] =>
  faultsOf(main, groups).map(({ place: { file, line, column }, message }) => {
    const where = file === 'ingestion-config.yaml' ? '' : `${file}:`;
    return `${where}${line}:${column} ${message}`;
  });

export const hintsOf = (main: string, groups?: string): (string | undefined)[] =>
  faultsOf(main, groups).map(({ hint }) => hint);

function read(files: Files, path: string): string {
  const text = files[path];
  if (text !== undefined) return text;
  throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' });
}
