import { type Garbage, gc } from '../app/gc.ts';
import { openSession } from '../app/session.ts';
import { bytes, count, instant, plural } from '../text/format.ts';
import { textTable } from '../text/table.ts';
import type { Leftover } from '../warehouse/leftover.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';

/** Of bronze, where a job may be known, or of a warehouse. */
type Found = Leftover & { readonly job?: string | undefined };

interface GcOptions extends CommonOptions {
  readonly yes?: true;
}

const EXAMPLE = `
Examples:
  tidemill gc --environment prd          what could go, and what is kept for which reason
  tidemill gc --environment prd --yes    removes it`;

export const gcCommand: DefineCommand = (command, terminal, exit) => {
  command('gc')
    .description(
      'List what is left in the bucket, of runs that died and of tables, and nothing refers to. Only looks, unless --yes.',
    )
    .option('--yes', 'remove it')
    .addHelpText('after', EXAMPLE)
    .action(async (options: GcOptions) => {
      const session = await openSession(terminal, options);
      const garbage = await gc(session, { remove: options.yes }).finally(() => session.close());
      exit(await printErrors(terminal, garbage.unreadable));
      print(terminal, options, documentOf(garbage), () => textOf(garbage));
    });
};

function documentOf({ orphans, kept, silver, isRemoved }: Garbage): object {
  const shown = ({ job, name, keys: objects, bytes: size, newest, kept: why }: Found) => ({
    ...(job === undefined ? {} : { job }),
    name,
    objects: objects.length,
    bytes: size,
    written_at: newest.toISOString(),
    ...(why === undefined ? {} : { why }),
  });
  const [found, held] = [
    [...orphans, ...silver.orphans],
    [...kept, ...silver.kept],
  ];
  return { removed: isRemoved, orphans: found.map(shown), kept: held.map(shown) };
}

function textOf({ orphans: own, kept, silver, isRemoved }: Garbage): string {
  const orphans = [...own, ...silver.orphans];
  const rows = orphans.map(({ name, keys: objects, bytes: size, newest }) => {
    return [name, count(objects.length), bytes(size), instant(newest.toISOString())];
  });
  const table = textTable(['what', 'objects', 'size', 'written'], rows);
  const blocks = [
    ...(orphans.length === 0 ? [] : [`${table}\n`]),
    ...reasonsOf(kept, ({ job }) => job ?? 'of no job').map((line) => `${line}\n`),
    ...reasonsOf(silver.kept, ({ name }) => name).map((line) => `${line}\n`),
    `${isRemoved ? 'Removed' : 'Nothing refers to'}: ${sumOf(orphans)}.${hint(orphans, isRemoved)}\n`,
  ];
  return blocks.join('\n');
}

const hint = (orphans: readonly Found[], isRemoved: boolean): string =>
  orphans.length === 0 || isRemoved ? '' : ' `npx tidemill gc --yes` removes it.';

/** One line for each job and reason: there may be thousands of packages. */
function reasonsOf<T extends Found>(kept: readonly T[], whose: (one: T) => string): string[] {
  const groups = Map.groupBy(kept, (one) => `${whose(one)}: ${one.kept}`);
  return [...groups].map(([what, own]) => `kept, ${what} (${sumOf(own)})`);
}

function sumOf(leftovers: readonly Found[]): string {
  const objects = leftovers.reduce((sum, one) => sum + one.keys.length, 0);
  const size = leftovers.reduce((sum, one) => sum + one.bytes, 0);
  return `${plural(leftovers.length, 'leftover')}, ${plural(objects, 'object')}, ${bytes(size)}`;
}
