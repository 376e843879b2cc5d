import { type Garbage, gc } from '../app/gc.ts';
import { openSession } from '../app/session.ts';
import type { Leftover } from '../run/bronze/orphans.ts';
import { bytes, count, instant, plural } from '../text/format.ts';
import { textTable } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';

interface GcOptions extends CommonOptions {
  readonly yes?: true;
}

const EXAMPLE = `
Examples:
  tidemill gc --environment prd          what could go, and what is kept for which reason
  tidemill gc --environment prd --yes    removes it`;

export const gcCommand: DefineCommand = (command, terminal, exit) => {
  command('gc')
    .description('List what runs that died have left in the bucket and nothing refers to. Only looks, unless --yes.')
    .option('--yes', 'remove it')
    .addHelpText('after', EXAMPLE)
    .action(async (options: GcOptions) => {
      const garbage = await gc(await openSession(terminal, options), { remove: options.yes });
      exit(await printErrors(terminal, garbage.unreadable));
      print(terminal, options, documentOf(garbage), () => textOf(garbage));
    });
};

function documentOf({ orphans, kept, isRemoved }: Garbage): object {
  const shown = ({ job, name, keys: objects, bytes: size, newest, kept: why }: Leftover) => ({
    ...(job === undefined ? {} : { job }),
    name,
    objects: objects.length,
    bytes: size,
    written_at: newest.toISOString(),
    ...(why === undefined ? {} : { why }),
  });
  return { removed: isRemoved, orphans: orphans.map(shown), kept: kept.map(shown) };
}

function textOf({ orphans, kept, isRemoved }: Garbage): string {
  const rows = orphans.map(({ name, keys: objects, bytes: size, newest }) => {
    return [name, count(objects.length), bytes(size), instant(newest.toISOString())];
  });
  const table = textTable(['what', 'objects', 'size', 'written'], rows);
  const blocks = [
    ...(orphans.length === 0 ? [] : [`${table}\n`]),
    ...reasonsOf(kept).map((line) => `${line}\n`),
    `${isRemoved ? 'Removed' : 'Nothing refers to'}: ${sumOf(orphans)}.${hint(orphans, isRemoved)}\n`,
  ];
  return blocks.join('\n');
}

const hint = (orphans: readonly Leftover[], isRemoved: boolean): string =>
  orphans.length === 0 || isRemoved ? '' : ' `tidemill gc --yes` removes it.';

/** One line for each job and reason: there may be thousands of packages. */
function reasonsOf(kept: readonly Leftover[]): string[] {
  const groups = Map.groupBy(kept, ({ job, kept: why }) => `${job ?? 'of no job'}: ${why}`);
  return [...groups].map(([what, own]) => `kept, ${what} (${sumOf(own)})`);
}

function sumOf(leftovers: readonly Leftover[]): string {
  const objects = leftovers.reduce((sum, one) => sum + one.keys.length, 0);
  const size = leftovers.reduce((sum, one) => sum + one.bytes, 0);
  return `${plural(leftovers.length, 'leftover')}, ${plural(objects, 'object')}, ${bytes(size)}`;
}
