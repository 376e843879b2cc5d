import type { Command } from 'commander';
import type { Selection } from '../plan/types.ts';

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
    .option(
      '--run-id <id>',
      'what the run is called; only one that begins with its time, as 20261121T061700Z-1, is in the history (default: one that does)',
    );

/** Undefined when nothing was selected: then what is owed runs. */
export function selectionOf(options: SelectionOptions, jobs: readonly string[], runId: string): Selection | undefined {
  const named = [...(options.job ?? []), ...jobs.flatMap(split)];
  const groups = options.group ?? [];
  const force = options.force === true || options.force === 'true';
  if (named.length === 0 && groups.length === 0 && !force) return undefined;
  return { jobs: named, groups, force, runId };
}

const split = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
const list = (text: string, before: readonly string[] = []): string[] => [...before, ...split(text)];
