/** Where the values of rows may be shown, and how. They are somebody's: a log, and what is stored of it, never has them. */
import type { Command } from 'commander';
import type { Example } from '../run/compare/examples.ts';
import { count, plural } from '../text/format.ts';
import { lineText, shortened } from '../text/table.ts';
import type { CommonOptions } from './command.ts';
import type { Terminal } from './host.ts';

export interface ValueOptions extends Pick<CommonOptions, 'json'> {
  readonly showValues?: true;
}

export const valuesOption = (command: Command): Command =>
  command.option(
    '--show-values',
    'show rows with their values in a pipe and with --json, too; on GitHub only of data that is public',
  );

/** `isPublic`: anybody may have read the source. */
export function valuesFor(
  { stdout, actions }: Terminal,
  { json, showValues }: ValueOptions,
  isPublic = false,
): 'shown' | 'hidden' {
  if (actions !== undefined && !isPublic) return 'hidden';
  return showValues || (stdout.isLive && !json) ? 'shown' : 'hidden';
}

/** What a terminal has room for. */
const MOST_VALUE = 60;

const shown = (value: string | null): string => (value === null ? 'NULL' : shortened(lineText(value), MOST_VALUE));

/** One line: `id 1, total 2 → 3`. */
export const exampleText = ({ values }: Example): string =>
  values
    .map(({ column, silver, bronze }) => {
      const both = [silver, bronze].flatMap((value) => (value === undefined ? [] : shown(value)));
      return `${column} ${[...new Set(both)].join(' → ')}`;
    })
    .join(', ');

/** On a terminal a line that counts, drawn anew; elsewhere nothing. */
export function packageCounter({ stderr }: Terminal): {
  on(job: string, done: number, total?: number): void;
  end(): void;
} {
  let isShown = false;
  const clear = (): void => {
    if (isShown) stderr.write('\r\x1b[K');
    isShown = false;
  };
  return {
    on: (job, done, total) => {
      if (!stderr.isLive) return;
      clear();
      stderr.write(
        `${job}: ${total === undefined ? plural(done, 'package') : `${count(done)} of ${count(total)} packages`}`,
      );
      isShown = true;
    },
    end: clear,
  };
}
