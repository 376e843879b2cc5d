import { TidemillError } from '@tidemill/kit';
import type { Command } from 'commander';
import type { Selection } from '../plan/types.ts';
import type { Terminal } from './host.ts';

export interface SelectionOptions {
  readonly job?: readonly string[];
  readonly group?: readonly string[];
  readonly force?: string | true;
  readonly runId?: string;
}

/**
 * `--job`, `--group` and `--force`. GitHub hands over an input nobody filled in as an empty text, and a checkbox as
 * `true` or `false`: all of them can be passed on as they are.
 */
export const selectionOptions = (command: Command): Command =>
  command
    .option('--job <ids>', 'ids or globs, comma-separated; may be repeated', list)
    .option('--group <names>', 'groups of job-groups.yaml, comma-separated; may be repeated', list)
    .option('--force [true|false]', 'every enabled job, or the named ones even if paused')
    .option('--run-id <id>', 'identity of the run, for manual runs and the report');

/** Undefined when nothing was selected: then what is owed runs. */
export function selectionOf(options: SelectionOptions, jobs: readonly string[], runId: string): Selection | undefined {
  const named = [...(options.job ?? []), ...jobs.flatMap(split)];
  const groups = options.group ?? [];
  const force = options.force === true || options.force === 'true';
  if (named.length === 0 && groups.length === 0 && !force) return undefined;
  return { jobs: named, groups, force, runId };
}

/**
 * The run's identity, which begins with its time: given, or that of the workflow run, or the process's own. A second
 * attempt of a workflow run is another run.
 */
export function runIdOf(host: Terminal, options: { readonly runId?: string }): string {
  if (options.runId !== undefined && options.runId !== '') return checkRunId(options.runId);
  const time = host.clock.now().toISOString().slice(0, 19).replace(/[-:]/g, '');
  const { GITHUB_RUN_ID: run, GITHUB_RUN_ATTEMPT: attempt } = host.env;
  return `${time}Z-${run === undefined ? host.nonce : `${run}-${attempt ?? 1}`}`;
}

/** It becomes part of keys in the bucket. */
export function checkRunId(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id)) return id;
  throw new TidemillError('config', 'run-id-invalid', 'The identity of a run has letters, digits, ".", "_" and "-"', {
    hint: 'Leave --run-id out to have one made.',
  });
}

const split = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
const list = (text: string, before: readonly string[] = []): string[] => [...before, ...split(text)];
