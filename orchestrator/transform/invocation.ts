/** How dbt is called: its arguments and its profile. Pure. */
import { join } from 'node:path';
import type { DbtTarget } from '../warehouse/contract.ts';
import type { Selection } from './select.ts';

/** As `dbt_project.yml` names it. */
const PROFILE = 'tidemill';

/** `profiles.yml`: JSON is YAML. */
export const profilesText = ({ profile }: Pick<DbtTarget, 'profile'>): string =>
  `${JSON.stringify({ [PROFILE]: { target: 'main', outputs: { main: profile } } }, undefined, 2)}\n`;

export interface Places {
  /** Of the dbt project. */
  readonly project: string;
  /** Of this run: profile, logs and results. */
  readonly work: string;
}

type Told = Pick<DbtTarget, 'silver' | 'keeps'>;

export function argumentsOf({ project, work }: Places, { silver, keeps }: Told, selection: Selection): string[] {
  const { select, exclude, loaded } = selection;
  const names = silver === undefined ? {} : { silver_schema: silver.schema, silver_table: silver.table };
  const vars = { ...names, silver_loaded: loaded };
  return [
    'build',
    // It would ask the package index, for half a minute where there is none.
    '--no-version-check',
    ...['--no-use-colors', '--log-level', 'info', '--log-format', 'json', '--log-format-file', 'text'],
    ...['--project-dir', project, '--profiles-dir', work],
    ...['--target-path', join(work, 'target'), '--log-path', join(work, 'logs')],
    ...['--vars', JSON.stringify(vars)],
    // A test that also looks at a model which is not built now has nothing to look at there.
    ...(keeps === 'nothing' ? ['--indirect-selection', 'cautious'] : []),
    ...(select.length === 0 ? [] : ['--select', ...select]),
    ...(exclude.length === 0 ? [] : ['--exclude', ...exclude]),
  ];
}

/** Where dbt says what became of each model and test. */
export const resultsFile = ({ work }: Pick<Places, 'work'>): string => join(work, 'target', 'run_results.json');
